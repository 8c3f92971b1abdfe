#include "parse/pdf/characters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "parse/pdf/right_to_left.h"
#include "parse/pdf/turns.h"
#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr int kPageCharactersMax = 1'000'000;  // a dense page has 10,000; more is a bomb
constexpr int kBoldWeight = 600;
constexpr char32_t kHyphenMark = 2;             // PDFium's, for a hyphen at the end of a line
constexpr std::size_t kGarbledCharacters = 20;  // fewer are signs of some font
constexpr std::size_t kFontNameBytes = 128;     // PostScript names have at most 63

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

class CharacterReader {
 public:
  CharacterReader(const Pdfium& library, FPDF_TEXTPAGE text, const PageSpace& space, GlyphNames& names,
                  const PageStructure& structure)
      : library_(library), text_(text), space_(space), names_(names), structure_(structure) {}

  PageCharacters read() {
    int count = std::max(library_.FPDFText_CountChars_(text_), 0);
    if (count > kPageCharactersMax) {
      count = kPageCharactersMax;
      page_.cut = true;
    }
    page_.glyphs.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      char32_t c = library_.FPDFText_GetUnicode_(text_, i);
      if (c >= 0xd800 && c < 0xdc00 && i + 1 < count) {
        const char32_t low = library_.FPDFText_GetUnicode_(text_, i + 1);
        if (low >= 0xdc00 && low < 0xe000) {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          ++i;
        }
      }
      read_one(i, c);
    }
    restore_order_within_glyphs(page_.glyphs);
    find_vertical_writing(page_.glyphs);
    page_.garbled = without_meaning_ > kGarbledCharacters && without_meaning_ > page_.glyphs.size();
    return std::move(page_);
  }

 private:
  void read_one(int index, char32_t c) {
    // Codes that the font gives no meaning come as they are.
    const bool is_code = (c < 0x20 || (c > 0x7e && c < GlyphNames::kCodesMax)) &&
                         library_.FPDFText_HasUnicodeMapError_(text_, index) == 1;
    if (is_code) {
      const std::u32string_view letters = names_.text_of(font_name(index), c);
      if (!letters.empty()) return add(index, letters);
    }
    if (c == U'\r' || c == U'\n') {
      glyph_.line_before = true;
    } else if (!is_code && (c == kHyphenMark || c == 0xfffe)) {
      glyph_.line_before = glyph_.hyphen_before = true;
    } else if (is_space(c)) {
      glyph_.space_before = true;
    } else if (c < 0x20 || c == 0x7f || c == 0xfffd || c == 0xffff || (c >= 0xd800 && c < 0xe000)) {
      ++without_meaning_;
      glyph_.space_before = true;  // most of them are blanks: glyph 3 of nearly every TrueType font is one
    } else if (c != 0xad && c != 0x200b && c != 0xfeff) {  // these show nothing
      add(index, std::u32string_view(&c, 1));
    }
  }

  void add(int index, std::u32string_view letters) {
    if (FPDF_PAGEOBJECT now = library_.FPDFText_GetTextObject_(text_, index); now != object_ || now == nullptr) {
      object_ = now;
      read_style(index);
    }
    if (!box_of(library_, text_, index, space_, glyph_)) return;
    for (const char32_t c : letters) add_written_out(c);
  }

  void read_style(int index) {
    FS_MATRIX matrix{1, 0, 0, 1, 0, 0};
    library_.FPDFText_GetMatrix_(text_, index, &matrix);
    const auto scale = std::hypot(matrix.c, matrix.d);
    const float size = static_cast<float>(library_.FPDFText_GetFontSize_(text_, index)) * (scale > 0 ? scale : 1);
    glyph_.size = std::isfinite(size) ? std::clamp(std::abs(size), 0.0F, 10'000.0F) : 0.0F;
    glyph_.bold = is_bold(index);
    if (!structure_.roles.empty()) glyph_.role = structure_.role_of(library_.FPDFPageObj_GetMarkedContentID_(object_));
    glyph_.turn = space_.turn_of(matrix.a, matrix.b);
  }

  // By the weight that the font's description gives, else by its name: the standard fonts have no description.
  bool is_bold(int index) const {
    if (library_.FPDFText_GetFontWeight_(text_, index) >= kBoldWeight) return true;
    return font_name(index).find("Bold") != std::string::npos;
  }

  std::string font_name(int index) const {
    std::array<char, kFontNameBytes> name{};
    int flags = 0;
    const unsigned long length = library_.FPDFText_GetFontInfo_(text_, index, name.data(), name.size(), &flags);
    return length <= 1 || length > name.size() ? std::string() : std::string(name.data(), length - 1);
  }

  // Ligatures are written out and the symbol fonts' bullets named: both are how people search.
  void add_written_out(char32_t c) {
    static constexpr std::u32string_view kLigatures[] = {U"ff", U"fi", U"fl", U"ffi", U"ffl", U"st", U"st"};
    if (c >= 0xfb00 && c <= 0xfb06) {
      for (const char32_t part : kLigatures[c - 0xfb00]) push(part);
    } else if (c == 0xf0b7 || c == 0xf0a7 || c == 0xf06c || c == 0xf06e) {
      push(U'•');
    } else {
      push(c);
    }
  }

  void push(char32_t c) {
    glyph_.character = c;
    page_.glyphs.push_back(glyph_);
    glyph_.space_before = glyph_.line_before = glyph_.hyphen_before = false;
  }

  const Pdfium& library_;
  FPDF_TEXTPAGE text_;
  const PageSpace& space_;
  GlyphNames& names_;
  const PageStructure& structure_;
  PageCharacters page_;
  Glyph glyph_;  // its flags gather until a character shows
  FPDF_PAGEOBJECT object_ = nullptr;
  std::size_t without_meaning_ = 0;
};

}  // namespace

PageCharacters read_characters(const Pdfium& library, FPDF_TEXTPAGE text, const PageSpace& space, GlyphNames& names,
                               const PageStructure& structure) {
  return CharacterReader(library, text, space, names, structure).read();
}

}  // namespace naru::pdf
