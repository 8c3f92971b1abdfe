#include "parse/pdf/characters.h"

#include <array>
#include <cmath>
#include <string_view>

#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr int kPageCharactersMax = 1'000'000;  // a dense page has 10,000; more is a bomb
constexpr int kBoldWeight = 600;
constexpr std::size_t kFontNameBytes = 128;  // PostScript names have at most 63

// By the weight that the font's description gives, else by its name: the standard fonts have no description.
bool is_bold(const Pdfium& library, FPDF_TEXTPAGE text, int index) {
  if (library.FPDFText_GetFontWeight_(text, index) >= kBoldWeight) return true;
  std::array<char, kFontNameBytes> name{};
  int flags = 0;
  const unsigned long length = library.FPDFText_GetFontInfo_(text, index, name.data(), name.size(), &flags);
  if (length <= 1 || length > name.size()) return false;
  return std::string_view(name.data(), length - 1).find("Bold") != std::string_view::npos;
}

bool box_of(const Pdfium& library, FPDF_TEXTPAGE text, int index, const PageSpace& space, Glyph& glyph) {
  FS_RECTF loose{};
  if (library.FPDFText_GetLooseCharBox_(text, index, &loose) != 0) {
    glyph.box = space.shown(loose.left, loose.bottom, loose.right, loose.top);
  }
  if (!(glyph.box.x1 > glyph.box.x0) || !(glyph.box.y1 > glyph.box.y0)) {
    double left = 0, right = 0, bottom = 0, top = 0;
    if (library.FPDFText_GetCharBox_(text, index, &left, &right, &bottom, &top) == 0) return false;
    glyph.box = space.shown(static_cast<float>(left), static_cast<float>(bottom), static_cast<float>(right),
                            static_cast<float>(top));
  }
  const Box& box = glyph.box;
  if (!std::isfinite(box.x0) || !std::isfinite(box.y0) || !std::isfinite(box.x1) || !std::isfinite(box.y1)) {
    return false;
  }
  glyph.box = with_area(box);
  return true;
}

// Ligatures are written out and the symbol fonts' bullets named: both are how people search.
void add(std::vector<Glyph>& glyphs, Glyph& glyph, char32_t c) {
  static constexpr std::u32string_view kLigatures[] = {U"ff", U"fi", U"fl", U"ffi", U"ffl", U"st", U"st"};
  const auto push = [&](char32_t character) {
    glyph.character = character;
    glyphs.push_back(glyph);
    glyph.space_before = glyph.line_before = glyph.hyphen_before = false;
  };
  if (c >= 0xfb00 && c <= 0xfb06) {
    for (const char32_t part : kLigatures[c - 0xfb00]) push(part);
  } else if (c == 0xf0b7 || c == 0xf0a7 || c == 0xf06c || c == 0xf06e) {
    push(U'•');
  } else {
    push(c);
  }
}

}  // namespace

PageCharacters read_characters(const Pdfium& library, FPDF_TEXTPAGE text, const PageSpace& space) {
  PageCharacters page;
  int count = library.FPDFText_CountChars_(text);
  if (count > kPageCharactersMax) {
    count = kPageCharactersMax;
    page.cut = true;
  }
  std::vector<Glyph>& glyphs = page.glyphs;
  glyphs.reserve(static_cast<std::size_t>(std::max(count, 0)));
  Glyph glyph;  // its flags gather until a character shows
  FPDF_PAGEOBJECT object = nullptr;
  int without_meaning = 0;
  for (int i = 0; i < count; ++i) {
    char32_t c = library.FPDFText_GetUnicode_(text, i);
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < count) {
      const char32_t low = library.FPDFText_GetUnicode_(text, i + 1);
      if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        ++i;
      }
    }
    if (c == U'\r' || c == U'\n') {
      glyph.line_before = true;
      continue;
    }
    if (c == 2 || c == 0xfffe) {  // PDFium's mark for a hyphen at the end of a line
      glyph.line_before = glyph.hyphen_before = true;
      continue;
    }
    if (is_space(c)) {
      glyph.space_before = true;
      continue;
    }
    if (c < 0x20 || c == 0x7f || c == 0xfffd || c == 0xffff || (c >= 0xd800 && c < 0xe000)) {
      ++without_meaning;
      continue;
    }
    if (c == 0xad || c == 0x200b || c == 0xfeff) continue;  // shows nothing
    if (FPDF_PAGEOBJECT now = library.FPDFText_GetTextObject_(text, i); now != object || now == nullptr) {
      object = now;
      FS_MATRIX matrix{1, 0, 0, 1, 0, 0};
      library.FPDFText_GetMatrix_(text, i, &matrix);
      const auto scale = std::hypot(matrix.c, matrix.d);
      const float size = static_cast<float>(library.FPDFText_GetFontSize_(text, i)) * (scale > 0 ? scale : 1);
      glyph.size = std::isfinite(size) ? std::clamp(std::abs(size), 0.0F, 10'000.0F) : 0.0F;
      glyph.bold = is_bold(library, text, i);
    }
    if (!box_of(library, text, i, space, glyph)) continue;
    add(glyphs, glyph, c);
  }
  if (without_meaning > 20 && static_cast<std::size_t>(without_meaning) > glyphs.size()) page.garbled = true;
  return page;
}

}  // namespace naru::pdf
