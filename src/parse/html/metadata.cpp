#include "parse/html/metadata.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/ascii.h"
#include "base/json.h"
#include "parse/html/elements.h"
#include "text/unicode.h"

namespace naru::html {

namespace {

constexpr std::size_t kValueBytesMax = 4 * 1024;  // of one field: longer is no title and no name
constexpr std::size_t kHeadingNodesMax = 200;     // below an h1 or a title
constexpr std::size_t kAuthorBytesMax = 200;

std::string text_below(const Page& page, std::size_t index) {
  std::string text;
  const std::size_t end = std::min<std::size_t>(page[index].end, index + kHeadingNodesMax);
  for (std::size_t i = index + 1; i < end && text.size() < kValueBytesMax; ++i) {
    if (page[i].is_text())
      text += page[i].text();
    else if (is_block_element(page[i].tag) || page[i].tag == GUMBO_TAG_BR)
      text += ' ';
  }
  return nfc(fold_white_space(text));
}

class MetadataReader {
 public:
  explicit MetadataReader(const Page& page) : page_(page) {}

  PageMetadata read(const std::vector<std::string_view>& linked_data) {
    for (std::size_t i = 0; i < page_.size(); ++i) read_element(i);
    for (const std::string_view script : linked_data) {
      if (const Result<Json> json = parse_json(script)) read_linked(*json);
    }
    PageMetadata out;
    out.title = choose_title();
    out.language = language_;
    out.article = std::move(article_);
    out.is_article = is_article_ || named("og:type") == "article";
    const auto add = [&out](std::string key, std::string value) {
      if (!value.empty()) out.pairs.emplace_back(std::move(key), std::move(value));
    };
    add("author", author());
    add("published", first({named("article:published_time"), linked_["datePublished"], named("datepublished"),
                            named("og:published_time"), named("pubdate"), named("publishdate"), named("dc.date.issued"),
                            named("dc.date"), named("dcterms.created"), named("date"), named("sailthru.date"),
                            named("parsely-pub-date"), time_}));
    add("modified", first({named("article:modified_time"), linked_["dateModified"], named("last-modified")}));
    add("description", first({named("description"), named("og:description"), named("twitter:description")}));
    add("site", named("og:site_name"));
    add("canonical", first({canonical_, named("og:url")}));
    return out;
  }

 private:
  static std::string first(std::initializer_list<std::string> values) {
    for (const std::string& value : values) {
      if (!value.empty()) return value;
    }
    return {};
  }
  std::string named(const std::string& name) const {
    const auto found = meta_.find(name);
    return found == meta_.end() ? std::string() : found->second;
  }
  static std::string clean(std::string_view value) { return nfc(fold_white_space(value.substr(0, kValueBytesMax))); }

  void read_element(std::size_t i) {
    const Node& node = page_[i];
    switch (node.tag) {
      case GUMBO_TAG_LAST:
        return;
      case GUMBO_TAG_META: {
        std::string name = lower_ascii(node.has("property") ? node.attribute("property") : node.attribute("name"));
        if (name.empty()) name = lower_ascii(node.attribute("itemprop"));
        std::string value = clean(node.attribute("content"));
        if (!name.empty() && !value.empty()) meta_.emplace(std::move(name), std::move(value));
        return;
      }
      case GUMBO_TAG_LINK:
        if (canonical_.empty() && lower_ascii(node.attribute("rel")) == "canonical")
          canonical_ = clean(node.attribute("href"));
        return;
      case GUMBO_TAG_HTML:
        language_ = lower_ascii(node.attribute("lang").substr(0, 2));
        return;
      case GUMBO_TAG_TITLE:
        if (title_.empty()) title_ = text_below(page_, i);
        return;
      case GUMBO_TAG_H1:
        if (++headings_ == 1) heading_ = text_below(page_, i);
        return;
      case GUMBO_TAG_TIME:
        if (time_.empty()) time_ = clean(node.attribute("datetime"));
        return;
      default:
        break;
    }
    if (author_.empty() && node.tag != GUMBO_TAG_BODY) {
      const bool author = node.attribute("rel") == "author" || node.attribute("itemprop") == "author";
      if (author)
        author_ = text_below(page_, i);
      else if (byline_.empty() && is_byline(node))
        byline_ = text_below(page_, i);
    }
  }

  static bool is_byline(const Node& node) {
    if (!node.has("class") && !node.has("id")) return false;
    const std::string marks = lower_ascii(node.attribute("class")) + " " + lower_ascii(node.attribute("id"));
    for (const std::string_view word :
         {"byline", "author-name", "authorname", "entry-author", "post-author", "dateline"}) {
      if (marks.find(word) != std::string::npos) return true;
    }
    return false;
  }

  std::string author() const {
    const auto name = [](std::string value) {
      const bool address = value.starts_with("http://") || value.starts_with("https://") || value.starts_with("/");
      return address || value.size() > kAuthorBytesMax ? std::string() : value;
    };
    const auto linked = linked_.find("author");
    return first({name(named("author")), name(linked == linked_.end() ? std::string() : linked->second),
                  name(named("article:author")), name(named("dc.creator")), name(named("parsely-author")),
                  name(author_), name(byline_)});
  }

  // ---- JSON-LD --------------------------------------------------------------------------------------------------

  static std::string text_of(const Json& value) {
    if (value.is_string()) return clean(value.get_ref<const std::string&>());
    if (value.is_array()) {
      std::string all;
      for (const Json& one : value) {
        const std::string text = text_of(one);
        if (!text.empty() && all.size() < kValueBytesMax) all += (all.empty() ? "" : ", ") + text;
      }
      return all;
    }
    if (value.is_object() && value.contains("name")) return text_of(value["name"]);
    return {};
  }

  void read_linked(const Json& value) {  // parse_json bounds the depth
    if (value.is_array()) {
      for (const Json& one : value) read_linked(one);
    }
    if (!value.is_object()) return;
    if (value.contains("@graph")) read_linked(value["@graph"]);
    if (value.contains("mainEntity")) read_linked(value["mainEntity"]);
    if (!value.contains("@type")) return;
    const std::string type = text_of(value["@type"]);
    const bool article = type.find("Article") != std::string::npos || type.find("Posting") != std::string::npos ||
                         type.find("Report") != std::string::npos || type == "WebPage";
    if (!article) return;
    is_article_ = is_article_ || type != "WebPage";
    for (const char* key : {"headline", "author", "datePublished", "dateModified"}) {
      if (value.contains(key) && linked_[key].empty()) linked_[key] = text_of(value[key]);
    }
    if (type == "WebPage" || !value.contains("articleBody") || !value["articleBody"].is_string()) return;
    if (article_.empty()) article_ = value["articleBody"].get<std::string>();
  }

  // ---- the title ------------------------------------------------------------------------------------------------

  // The page's title without the site's name, where something else on the page says the same without it.
  std::string choose_title() {
    const std::string graph = named("og:title");
    const std::string headline = linked_["headline"];
    if (title_.empty()) return first({graph, headline, named("twitter:title"), heading_});
    constexpr std::size_t kTitleBytesMin = 8;  // shorter headings are often the site's name
    for (const std::string& candidate : {graph, headings_ == 1 ? heading_ : std::string(), headline}) {
      const bool part = candidate.size() >= kTitleBytesMin && candidate.size() < title_.size() &&
                        title_.find(candidate) != std::string::npos;
      if (part) return candidate;
    }
    const std::string site = named("og:site_name");
    for (const std::string_view mark : {" | ", " - ", " – ", " — ", " :: ", " · ", " » "}) {
      const std::size_t at = title_.rfind(mark);
      if (at == std::string::npos || site.empty()) continue;
      if (case_fold(title_.substr(at + mark.size())) == case_fold(site)) return title_.substr(0, at);
    }
    return title_;
  }

  const Page& page_;
  std::map<std::string, std::string> meta_, linked_;
  bool is_article_ = false;
  std::string title_, heading_, canonical_, language_, time_, author_, byline_, article_;
  int headings_ = 0;
};

}  // namespace

PageMetadata read_metadata(const Page& page, const std::vector<std::string_view>& linked_data) {
  return MetadataReader(page).read(linked_data);
}

}  // namespace naru::html
