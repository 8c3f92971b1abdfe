#include "parse/pdf/right_to_left.h"

#include <algorithm>

#include "text/unicode.h"

namespace naru::pdf {

namespace {

bool is_right_to_left(char32_t c) {
  return (c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xfe00) || (c >= 0xfe70 && c < 0xff00) ||
         (c >= 0x10800 && c < 0x11000);
}

bool is_alef(char32_t c) { return c == 0x627 || c == 0x622 || c == 0x623 || c == 0x625; }
bool is_lam(char32_t c) { return c == 0x644; }
// Points and vowel signs, which follow their letter.
bool is_sign(char32_t c) { return (c >= 0x591 && c < 0x5c8) || (c >= 0x610 && c < 0x61b) || (c >= 0x64b && c < 0x660); }

// Letters that PDFium itself took apart (a presentation form) are in order: lam-alef, a letter and its sign.
bool are_backwards(std::span<const Glyph> letters) {
  const char32_t first = letters[0].character, second = letters[1].character;
  if (is_sign(first)) return true;
  if (is_sign(second)) return false;
  return letters.size() > 2 || !is_lam(first) || !is_alef(second);
}

}  // namespace

void restore_order_within_glyphs(std::span<Glyph> glyphs) {
  for (std::size_t start = 0; start < glyphs.size();) {
    std::size_t end = start + 1;
    while (is_right_to_left(glyphs[start].character) && end < glyphs.size() && glyphs[end].box == glyphs[start].box &&
           is_right_to_left(glyphs[end].character)) {
      ++end;
    }
    const std::span<Glyph> letters = glyphs.subspan(start, end - start);
    if (letters.size() > 1 && are_backwards(letters)) {
      for (std::size_t i = 0, j = letters.size() - 1; i < j; ++i, --j) {
        std::swap(letters[i].character, letters[j].character);  // what stands before them stays
      }
    }
    start = end;
  }
}

bool runs_to_the_left(std::string_view text) {
  std::size_t left = 0, letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!is_letter(c)) continue;
    ++letters;
    left += is_right_to_left(c) ? 1 : 0;
  }
  return 2 * left > letters;
}

}  // namespace naru::pdf
