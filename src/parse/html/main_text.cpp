// Texts between two block boundaries are segments. Each gets a weight: running text is worth its length, links and
// scraps cost a little. What frames a page (nav, footer, forms; elements named "related", "share", "comments") is taken
// out first, unless it holds too much of the page's running text to be that. The element with the highest sum of
// weights is the container of the main text; inside it, elements with a negative sum go, and the segments that remain
// are kept where they are running text or stand between it.
#include "parse/html/main_text.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "parse/html/elements.h"
#include "parse/html/part_names.h"
#include "parse/html/segments.h"
#include "text/unicode.h"

namespace naru::html {

namespace {

// ---- weights, tried on the article benchmark of the project's data --------------------------------------------------

constexpr std::uint32_t kSentenceMin = 50;     // characters of a segment with a full stop that is running text
constexpr std::uint32_t kRunningMin = 120;     // without one
constexpr std::uint32_t kWideRunningMin = 60;  // of Hangul, Han and kana, which often go without one
constexpr float kCharactersPerPoint = 100;     // running text is worth a point for so many characters
constexpr float kParagraphPointsMax = 5;       // a long paragraph is not worth more than this
constexpr float kCommaPoints = 0.1F, kCommaPointsMax = 1;
constexpr float kLinkPoints = -0.6F;  // a segment that is a link
constexpr float kLinkedParagraphPoints = -0.3F;
constexpr float kTeaserItemShare = 0.1F;  // a list item that begins with a link of this size advertises its target
constexpr float kScrapPoints = -0.2F;     // a few words
constexpr float kLinkShareMax = 0.5F;     // of running text
constexpr float kTableCharactersPerPoint = 150, kTablePointsMax = 8;
// Of the page's running text: what holds more is no frame, whatever it is called.
constexpr float kCertainShareMax = 0.8F, kStrongShareMax = 0.5F, kWeakShareMax = 0.12F;
constexpr float kTeaserLinkShare = 0.8F;
constexpr std::uint32_t kTeaserCharactersMax = 700;
constexpr std::size_t kTeasersMin = 3;
constexpr double kArticleBonus = 1.5, kBodyBonus = 4;
constexpr std::uint32_t kBodyCharactersMin = 300;
constexpr float kHomePointsMin = 2;
constexpr float kListLinkShareMax = 0.4F;
// A document has a list of contents or a few references; the menus of a site have more.
constexpr std::size_t kFrameLinksMin = 10;
constexpr double kFramedShareMin = 0.5;  // of the page's running text
// With the menus of a whole site come its teasers and comments, which are running text too.
constexpr std::size_t kSiteLinksMin = 60;
constexpr double kSiteShareMin = 0.2;
constexpr std::uint32_t kMainCharactersMin = 25;  // less is not believed

float weigh(const Segment& segment) {
  if (segment.heading || segment.caption) return 0;
  if (segment.table) {
    const float values = static_cast<float>(segment.characters - segment.linked) / kTableCharactersPerPoint;
    return segment.link_share() > kLinkShareMax ? kLinkPoints : std::min(values, kTablePointsMax);
  }
  const float share = segment.link_share();
  if (share > kLinkShareMax) return segment.paragraph ? kLinkedParagraphPoints : kLinkPoints;
  if (segment.item && segment.begins_linked && share > kTeaserItemShare) return kScrapPoints;
  const bool running = (segment.stops > 0 && segment.characters >= kSentenceMin) ||
                       (segment.wide * 2 > segment.characters && segment.characters >= kWideRunningMin) ||
                       segment.characters >= kRunningMin;
  if (!running) return kScrapPoints;
  const float text = static_cast<float>(segment.characters - segment.linked);
  return std::min(text / kCharactersPerPoint, kParagraphPointsMax) +
         std::min(static_cast<float>(segment.commas) * kCommaPoints, kCommaPointsMax);
}

// ---- the article as linked data has it ------------------------------------------------------------------------------

constexpr std::size_t kArticleBytesMin = 400;  // shorter ones are teasers
constexpr float kArticleCoverMin = 0.6F;       // of a segment's word triples: it is part of the article
constexpr float kArticleFoundMin = 0.8F;       // of the article's triples: it is on the page as it is in the data
constexpr float kArticleShareMin = 0.6F;       // of what was chosen without it: less, and the data holds a part only

// Hashes of three neighbouring words, or of all where there are fewer.
std::vector<std::size_t> triples(std::string_view text) {
  std::vector<std::size_t> words, out;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words.push_back(std::hash<std::string_view>()(word));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_letter(c) || is_digit(c))
      append_utf8(word, c < 0x80 && c >= 'A' && c <= 'Z' ? c + 32 : c);
    else
      end();
    if (is_han(c) || is_kana(c)) end();  // no blanks between words
  }
  end();
  const auto mix = [](std::size_t a, std::size_t b) { return (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))); };
  if (words.size() < 3) {
    std::size_t all = words.size();
    for (const std::size_t one : words) all = mix(all, one);
    if (!words.empty()) out.push_back(all);
    return out;
  }
  for (std::size_t i = 0; i + 2 < words.size(); ++i) out.push_back(mix(mix(words[i], words[i + 1]), words[i + 2]));
  return out;
}

// ---- the choice -----------------------------------------------------------------------------------------------------

class Chooser {
 public:
  Chooser(const Page& page, const MainTextHints& hints) : page_(page), hints_(hints), segments_(split_segments(page)) {
    index_segments();
  }

  MainText run() {
    for (Segment& segment : segments_) segment.weight = weigh(segment);
    sum_up();
    drop_frame();
    drop_teasers();
    sum_up();
    const std::uint32_t container = find_container();
    find_homes(container);
    clean(container);
    keep(container);
    follow_article();
    std::uint32_t characters = 0;
    for (const Segment& segment : segments_) characters += segment.kept ? segment.characters : 0;
    if (characters < kMainCharactersMin) return {};
    MainText main;
    main.kept.assign(page_.size(), false);
    for (const Segment& segment : segments_) {
      for (std::uint32_t i = segment.first; segment.kept && i <= segment.last; ++i) main.kept[i] = true;
    }
    main.is_framed = is_framed();
    return main;
  }

 private:
  // Pages that are read for one text have a menu around it, and little else that is running text.
  bool is_framed() const {
    std::size_t links = 0;
    double running = 0, kept = 0;
    for (const Segment& segment : segments_) {
      if (!segment.kept && segment.link_share() > kLinkShareMax) ++links;
      const double points = std::max(segment.weight, 0.0F);
      running += points;
      if (segment.kept) kept += points;
    }
    if (links >= kSiteLinksMin) return kept >= kSiteShareMin * running;
    return links >= kFrameLinksMin && kept >= kFramedShareMin * running;
  }

  void index_segments() {
    before_.resize(page_.size() + 1);
    anchors_before_.resize(page_.size() + 1);
    std::uint32_t count = 0, anchors = 0;
    for (std::uint32_t i = 0; i < page_.size(); ++i) {
      before_[i] = count;
      anchors_before_[i] = anchors;
      const GumboTag tag = page_[i].tag;
      anchors += tag == GUMBO_TAG_ARTICLE || tag == GUMBO_TAG_MAIN || tag == GUMBO_TAG_H1 ? 1 : 0;
      if (count < segments_.size() && segments_[count].first == i) ++count;
    }
    before_[page_.size()] = count;
    anchors_before_[page_.size()] = anchors;
  }

  void sum_up() {
    sums_.assign(1, 0);
    good_.assign(1, 0);
    for (const Segment& segment : segments_) {
      const float weight = segment.dropped ? 0 : segment.weight;
      sums_.push_back(sums_.back() + weight);
      good_.push_back(good_.back() + std::max(weight, 0.0F));
    }
  }
  double sum(std::uint32_t element) const { return sums_[before_[page_[element].end]] - sums_[before_[element]]; }
  double good(std::uint32_t element) const { return good_[before_[page_[element].end]] - good_[before_[element]]; }

  void drop(std::uint32_t element) {
    for (std::uint32_t s = before_[element]; s < before_[page_[element].end]; ++s) segments_[s].dropped = true;
  }

  double share_max(Mark mark) const {
    switch (mark) {
      case Mark::certain:
        return has_body_ ? 1 : kCertainShareMax;
      case Mark::strong:
        return kStrongShareMax;
      case Mark::weak:
        return kWeakShareMax;
      case Mark::none:
        break;
    }
    return -1;
  }

  void drop_frame() {
    const double all = good_.back();
    has_body_ = find_body();
    std::uint32_t article_end = 0;
    for (std::uint32_t i = 1; i < page_.size();) {
      const Node& node = page_[i];
      if (node.is_text() || before_[i] == before_[node.end]) {
        ++i;
        continue;
      }
      Mark mark = mark_of(node);
      if (node.tag == GUMBO_TAG_ARTICLE) {
        if (i < article_end)
          mark = Mark::strong;  // an article in an article is a comment or another one's teaser
        else
          article_end = node.end;
      }
      const bool tagged = node.tag == GUMBO_TAG_NAV || node.tag == GUMBO_TAG_FOOTER || node.tag == GUMBO_TAG_ARTICLE;
      const bool anchored = anchors_before_[node.end] > anchors_before_[i];
      if (mark > Mark::weak && anchored && !tagged) mark = Mark::weak;
      const double share = all > 0 ? good(i) / all : 0;
      const bool frame = share <= share_max(mark);
      if (frame) drop(i);
      i = frame ? node.end : i + 1;
    }
  }

  // Does the page name the place of its text, and is there any?
  bool find_body() const {
    for (std::uint32_t i = 1; i < page_.size();) {
      const Node& node = page_[i];
      if (node.is_text() || before_[i] == before_[node.end]) {
        ++i;
      } else if (mark_of(node) == Mark::certain) {
        i = node.end;
      } else if (bonus(node) >= kBodyBonus) {
        std::uint32_t characters = 0;
        for (std::uint32_t s = before_[i]; s < before_[node.end]; ++s) characters += segments_[s].characters;
        if (characters >= kBodyCharactersMin) return true;
        i = node.end;
      } else {
        ++i;
      }
    }
    return false;
  }

  // Cards that advertise other pages: a heading that is a link, and a few lines below it. One may be the page's own.
  void drop_teasers() {
    std::vector<std::uint32_t> cards;
    for (std::uint32_t s = 0; s < segments_.size(); ++s) {
      const Segment& heading = segments_[s];
      if (!heading.heading || heading.dropped || heading.link_share() < kTeaserLinkShare) continue;
      const std::uint32_t card = card_around(s);
      if (card != 0 && (cards.empty() || cards.back() != card)) cards.push_back(card);
    }
    if (cards.size() < kTeasersMin) return;
    for (const std::uint32_t card : cards) drop(card);
  }

  // The smallest element around a heading that holds more than the heading; 0 where that is too large for a card.
  std::uint32_t card_around(std::uint32_t s) const {
    std::uint32_t element = segments_[s].owner;
    while (element != 0 && before_[page_[element].end] - before_[element] <= 1) element = page_[element].parent;
    std::uint32_t characters = 0, headings = 0;
    for (std::uint32_t k = before_[element]; k < before_[page_[element].end]; ++k) {
      characters += segments_[k].characters;
      headings += segments_[k].heading ? 1 : 0;
      if (characters > kTeaserCharactersMax) return 0;
    }
    return headings == 1 ? element : segments_[s].owner;
  }

  // What the page's author calls the place of the text.
  static double bonus(const Node& node) {
    if (node.tag == GUMBO_TAG_ARTICLE || node.tag == GUMBO_TAG_MAIN) return kArticleBonus;
    if (node.attribute("itemprop") == "articleBody") return kBodyBonus;
    return is_named_body(node) ? kBodyBonus : 0;
  }

  std::uint32_t find_container() const {
    std::uint32_t best = 0;
    double most = sum(0);
    for (std::uint32_t i = 1; i < page_.size(); ++i) {
      if (page_[i].is_text() || !is_block_element(page_[i].tag) || is_inside_home(page_[i].tag)) continue;
      double total = sum(i);
      total += before_[i] == before_[page_[i].end] ? 0 : bonus(page_[i]);
      if (total >= most) {
        most = total;
        best = i;
      }
    }
    return best;
  }

  // Parts of running text: what holds them is their home.
  static bool is_inside_home(GumboTag tag) {
    switch (tag) {
      case GUMBO_TAG_P:
      case GUMBO_TAG_LI:
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
      case GUMBO_TAG_DL:
      case GUMBO_TAG_DT:
      case GUMBO_TAG_DD:
      case GUMBO_TAG_BLOCKQUOTE:
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_TABLE:
      case GUMBO_TAG_H1:
      case GUMBO_TAG_H2:
      case GUMBO_TAG_H3:
      case GUMBO_TAG_H4:
      case GUMBO_TAG_H5:
      case GUMBO_TAG_H6:
      case GUMBO_TAG_FIGURE:
      case GUMBO_TAG_CENTER:
      case GUMBO_TAG_FIGCAPTION:
        return true;
      default:
        return false;
    }
  }

  // The element that holds a segment beside its siblings: above paragraphs, items and lists.
  std::uint32_t home_of(std::uint32_t element) const {
    while (element != 0 && is_inside_home(page_[element].tag)) element = page_[element].parent;
    return element;
  }

  void find_homes(std::uint32_t container) {
    homes_.assign(page_.size(), 0);
    short_ = good(container) < kHomePointsMin;
    for (std::uint32_t s = before_[container]; s < before_[page_[container].end]; ++s) {
      const Segment& segment = segments_[s];
      if (!segment.dropped && segment.weight > 0) homes_[home_of(segment.owner)] += segment.weight;
    }
    for (std::uint32_t i = container; i < page_[container].end; ++i) {
      if (!page_[i].is_text() && bonus(page_[i]) >= kBodyBonus) homes_[i] += kHomePointsMin;
    }
  }
  bool is_home(std::uint32_t element) const { return short_ || homes_[element] >= kHomePointsMin; }

  float link_share(std::uint32_t element) const {
    Segment all;
    for (std::uint32_t s = before_[element]; s < before_[page_[element].end]; ++s) {
      all.characters += segments_[s].characters;
      all.linked += segments_[s].linked;
    }
    return all.link_share();
  }

  static bool is_list(GumboTag tag) {
    return tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL || tag == GUMBO_TAG_DL || tag == GUMBO_TAG_BLOCKQUOTE;
  }

  void clean(std::uint32_t container) {
    for (std::uint32_t i = container + 1; i < page_[container].end;) {
      const Node& node = page_[i];
      const bool element = !node.is_text() && is_block_element(node.tag) && node.tag != GUMBO_TAG_P &&
                           heading_level(node.tag) == 0 && before_[i] < before_[node.end];
      if (!element || sum(i) >= 0) {
        ++i;
        continue;
      }
      const bool list = (short_ || is_list(node.tag)) && is_home(home_of(i)) && link_share(i) <= kListLinkShareMax;
      if (!list) drop(i);
      i = node.end;
    }
  }

  void keep(std::uint32_t container) {
    const std::uint32_t from = before_[container], to = before_[page_[container].end];
    std::uint32_t last_good = from;
    bool any = false;
    for (std::uint32_t s = from; s < to; ++s) {
      Segment& segment = segments_[s];
      if (segment.dropped || segment.caption) continue;
      if (segment.weight > 0) {
        segment.kept = true;
        // Short ones between running text belong to it.
        for (std::uint32_t between = last_good + 1; any && between < s; ++between) {
          Segment& other = segments_[between];
          other.kept = !other.dropped && !other.caption && other.link_share() <= kLinkShareMax;
        }
        last_good = s;
        any = true;
      } else if (segment.link_share() <= kLinkShareMax && (short_ || !segment.heading) &&
                 is_home(home_of(segment.owner))) {
        segment.kept = true;
      }
    }
    keep_headings(from, to);
  }

  // The title may stand above the text once more, in an element of any kind.
  bool repeats_title(const Segment& segment) const {
    if (hints_.title.empty() || segment.characters > hints_.title.size()) return false;
    return case_fold(nfc(fold_white_space(text_of(segment)))) == case_fold(hints_.title);
  }

  // A heading stays where something below it stays; what repeats the title does not.
  void keep_headings(std::uint32_t from, std::uint32_t to) {
    bool below = false;
    for (std::uint32_t s = to; s > from; --s) {
      Segment& segment = segments_[s - 1];
      if (!segment.heading) {
        below = below || segment.kept;
        continue;
      }
      segment.kept = segment.kept && below;
    }
    for (std::uint32_t s = from; s < to; ++s) {
      if (segments_[s].kept && !segments_[s].heading && !repeats_title(segments_[s])) break;
      segments_[s].kept = false;
    }
  }

  std::string text_of(const Segment& segment) const {
    std::string text;
    for (std::uint32_t i = segment.first; i <= segment.last; ++i) text += page_[i].text();
    return text;
  }

  // Where the page's data holds the whole article, what stands in it is kept and nothing else.
  void follow_article() {
    if (hints_.article.size() < kArticleBytesMin) return;
    const std::vector<std::size_t> list = triples(hints_.article);
    const std::unordered_set<std::size_t> article(list.begin(), list.end());
    std::unordered_set<std::size_t> found;
    std::size_t chosen = 0, in_article = 0;
    std::vector<bool> covered(segments_.size(), false);
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const std::vector<std::size_t> own = triples(text_of(segments_[s]));
      const auto inside = static_cast<std::size_t>(
          std::count_if(own.begin(), own.end(), [&](std::size_t triple) { return article.contains(triple); }));
      if (segments_[s].kept) chosen += own.size();
      covered[s] = inside > 0 && static_cast<float>(inside) >= kArticleCoverMin * static_cast<float>(own.size());
      if (covered[s]) in_article += own.size();
      for (std::size_t k = 0; covered[s] && k < own.size(); ++k) {
        if (article.contains(own[k])) found.insert(own[k]);
      }
    }
    const auto share = [](std::size_t part, std::size_t whole) {
      return static_cast<float>(part) / static_cast<float>(std::max<std::size_t>(whole, 1));
    };
    if (share(found.size(), article.size()) < kArticleFoundMin) return;
    if (share(in_article, chosen) < kArticleShareMin) return;
    bool inside = false;  // headings and scraps between stay as they were
    std::size_t last = segments_.size();
    while (last > 0 && !covered[last - 1]) --last;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      inside = inside || covered[s];
      const bool short_one = segments_[s].kept && segments_[s].weight <= 0 && inside && s < last;
      segments_[s].kept = covered[s] || short_one;
    }
  }

  const Page& page_;
  const MainTextHints& hints_;
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> before_;          // segments that begin before each node
  std::vector<std::uint32_t> anchors_before_;  // elements that hold main text rather than a frame, likewise
  std::vector<double> sums_, good_;
  bool has_body_ = false;
  bool short_ = false;        // the container holds so little running text that everything in it counts
  std::vector<float> homes_;  // points of the running text right below an element
};

}  // namespace

MainText choose_main_text(const Page& page, const MainTextHints& hints) { return Chooser(page, hints).run(); }

}  // namespace naru::html
