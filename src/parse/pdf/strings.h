// PDFium's strings as UTF-8 in NFC.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "text/unicode.h"

namespace naru::pdf {

inline constexpr unsigned long kStringBytesMax = 64 * 1024;  // of one field

// PDFium's strings: UTF-16LE with a zero at the end, the length in bytes.
template <class Get>
std::string utf16_text(Get get) {
  const unsigned long bytes = std::min(get(nullptr, 0UL), kStringBytesMax);
  if (bytes < 4) return {};
  std::vector<unsigned short> units(bytes / 2);
  if (get(units.data(), bytes) > bytes) return {};
  std::string text;
  for (std::size_t i = 0; i < units.size() && units[i] != 0; ++i) {
    char32_t c = units[i];
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00U);
    }
    append_utf8(text, c >= 0xd800 && c < 0xe000 ? kReplacement : c);
  }
  return nfc(fold_white_space(text));
}

}  // namespace naru::pdf
