#include "parse/html/segments.h"

#include <string_view>

#include "parse/html/elements.h"
#include "text/unicode.h"

namespace naru::html {

namespace {

void count_characters(std::string_view text, bool linked, Segment& segment) {
  std::uint32_t characters = 0, wide_characters = 0;
  char32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const char32_t c = byte < 0x80 ? static_cast<char32_t>(text[at++]) : next_code_point(text, at);
    const bool blank = c <= 0x20 || c == 0xa0;
    const bool wide = c >= 0x1100 && (is_hangul(c) || is_han(c) || is_kana(c));
    if (!blank) characters += wide ? 2 : 1;
    if (wide) wide_characters += 2;
    if (c == ',' || c == U'，' || c == U'、' || c == ';') ++segment.commas;
    if (c == U'。' || c == U'…') ++segment.stops;
    const bool stop = before == '.' || before == '!' || before == '?';
    if (stop && (blank || c == '"' || c == U'”' || c == U'’' || c == ')')) ++segment.stops;
    before = c;
  }
  if (before == '.' || before == '!' || before == '?' || before == ':') ++segment.stops;
  segment.characters += characters;
  segment.wide += wide_characters;
  if (linked) segment.linked += characters;
}

class Segmenter {
 public:
  explicit Segmenter(const Page& page) : page_(page) {}

  std::vector<Segment> run() {
    for (std::uint32_t i = 1; i < page_.size();) {
      while (!open_.empty() && page_[open_.back()].end <= i) leave();
      const Node& node = page_[i];
      if (node.is_text()) {
        text(i++);
      } else if (is_unread_element(node.tag) || node.tag == GUMBO_TAG_NOSCRIPT || is_hidden(node)) {
        i = node.end;
      } else if (node.tag == GUMBO_TAG_TABLE && is_data_table(page_, i)) {
        table(i);
        i = node.end;
      } else {
        enter(i++);
      }
    }
    while (!open_.empty()) leave();
    return std::move(segments_);
  }

 private:
  static bool is_whole(GumboTag tag) {
    return heading_level(tag) > 0 || tag == GUMBO_TAG_FIGCAPTION || tag == GUMBO_TAG_CAPTION;
  }

  void enter(std::uint32_t i) {
    const GumboTag tag = page_[i].tag;
    if (tag == GUMBO_TAG_BR) {
      if (++breaks_ >= 2) in_segment_ = false;
      return;
    }
    open_.push_back(i);
    if (tag == GUMBO_TAG_A) ++links_;
    if (!is_block_element(tag)) return;
    if (whole_ == 0) in_segment_ = false;
    if (is_whole(tag)) ++whole_;
    headings_ += heading_level(tag) > 0 ? 1 : 0;
    captions_ += tag == GUMBO_TAG_FIGCAPTION ? 1 : 0;
    blocks_.push_back(i);
  }

  void leave() {
    const GumboTag tag = page_[open_.back()].tag;
    open_.pop_back();
    if (tag == GUMBO_TAG_A) --links_;
    if (!is_block_element(tag)) return;
    if (is_whole(tag)) --whole_;
    headings_ -= heading_level(tag) > 0 ? 1 : 0;
    captions_ -= tag == GUMBO_TAG_FIGCAPTION ? 1 : 0;
    if (whole_ == 0) in_segment_ = false;
    blocks_.pop_back();
  }

  // One segment, whatever its cells hold.
  void table(std::uint32_t start) {
    in_segment_ = false;
    const bool whole = whole_ > 0;
    whole_ += whole ? 0 : 1;
    for (std::uint32_t i = start + 1; i < page_[start].end;) {
      const Node& node = page_[i];
      if (node.is_text()) {
        text(i++);
        continue;
      }
      if (is_unread_element(node.tag) || is_hidden(node)) {
        i = node.end;
        continue;
      }
      if (node.tag == GUMBO_TAG_A) {
        ++links_;
        for (std::uint32_t k = i + 1; k < node.end; ++k) {
          if (page_[k].is_text()) text(k);
        }
        --links_;
        i = node.end;
        continue;
      }
      ++i;
    }
    whole_ -= whole ? 0 : 1;
    if (in_segment_) {
      segments_.back().table = true;
      segments_.back().owner = start;
    }
    in_segment_ = false;
  }

  void text(std::uint32_t i) {
    if (page_[i].is_blank()) return;
    breaks_ = 0;
    if (!in_segment_) {
      Segment segment;
      segment.first = i;
      segment.owner = blocks_.empty() ? 0 : blocks_.back();
      segment.heading = headings_ > 0;
      segment.caption = captions_ > 0;
      segment.item = page_[segment.owner].tag == GUMBO_TAG_LI;
      segment.paragraph = page_[segment.owner].tag == GUMBO_TAG_P;
      segment.begins_linked = links_ > 0;
      segments_.push_back(segment);
      in_segment_ = true;
    }
    segments_.back().last = i;
    count_characters(page_[i].text(), links_ > 0, segments_.back());
  }

  const Page& page_;
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> open_, blocks_;
  int links_ = 0, whole_ = 0, headings_ = 0, captions_ = 0, breaks_ = 0;
  bool in_segment_ = false;
};

}  // namespace

std::vector<Segment> split_segments(const Page& page) { return Segmenter(page).run(); }

}  // namespace naru::html
