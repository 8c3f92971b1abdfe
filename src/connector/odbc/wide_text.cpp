#include "connector/odbc/wide_text.h"

#include "text/unicode.h"

namespace naru {

namespace {

constexpr char32_t kHighFirst = 0xd800, kLowFirst = 0xdc00, kLowLast = 0xdfff, kBeyond = 0x10000;

}  // namespace

std::u16string to_wide(std::string_view utf8) {
  std::u16string text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    char32_t point = next_code_point(utf8, at);
    if (point < kBeyond) {
      text += static_cast<char16_t>(point);
    } else {
      point -= kBeyond;
      text += static_cast<char16_t>(kHighFirst + (point >> 10));
      text += static_cast<char16_t>(kLowFirst + (point & 0x3ff));
    }
  }
  return text;
}

Result<std::string> from_wide(std::u16string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t point = text[i];
    if (point >= kHighFirst && point <= kLowLast) {
      const bool paired =
          point < kLowFirst && i + 1 < text.size() && text[i + 1] >= kLowFirst && text[i + 1] <= kLowLast;
      if (!paired) return Error(Code::corrupt, "a text that is no UTF-16");
      point = kBeyond + ((point - kHighFirst) << 10) + (text[++i] - kLowFirst);
    }
    append_utf8(utf8, point);
  }
  return utf8;
}

}  // namespace naru
