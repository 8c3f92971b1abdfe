#include "parse/html/inline_text.h"

#include <algorithm>

namespace naru::html {

void InlineText::add(std::string_view text, const SourceRange& range) {
  const std::size_t before = text_.size();
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20) {
      blank();
      ++i;
      continue;
    }
    if (c == 0xc2 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next == 0xa0) blank();
      if (next == 0xa0 || next == 0xad) {  // no-break space; soft hyphen, which shows nothing
        i += 2;
        continue;
      }
    }
    const std::string_view three = text.substr(i, 3);
    if (three == "\xe2\x80\x8b" || three == "\xef\xbb\xbf") {  // zero width: shows nothing
      i += 3;
      continue;
    }
    put_blank();
    // Everything up to the next byte that needs a look.
    std::size_t end = i + 1;
    while (end < text.size() && static_cast<unsigned char>(text[end]) > 0x20 && text[end] != '\xc2' &&
           text[end] != '\xe2' && text[end] != '\xef') {
      ++end;
    }
    text_.append(text, i, end - i);
    i = end;
  }
  if (text_.size() > before) cover(range);
}

void InlineText::add_verbatim(std::string_view text, const SourceRange& range) {
  put_blank();
  text_ += text;
  cover(range);
}

bool InlineText::line_break() {
  if (text_.empty() && !broken_) return false;
  if (broken_) return true;
  broken_ = !text_.empty();
  return false;
}

std::string InlineText::take() {
  std::string text = std::move(text_);
  *this = InlineText();
  return text;
}

void InlineText::put_blank() {
  if (broken_)
    text_ += '\n';
  else if (blank_)
    text_ += ' ';
  blank_ = broken_ = false;
}

void InlineText::cover(const SourceRange& range) {
  if (range.second <= range.first) return;
  start_ = end_ == 0 ? range.first : std::min(start_, range.first);
  end_ = std::max(end_, range.second);
}

}  // namespace naru::html
