// GlyphNames: what characters stand for by the names of their glyphs, where a font has no other word on it.
//
// Ligatures of Adobe's fonts are named by their letters ("f_f_i", "T_h"); such fonts come without a table to Unicode,
// because their names say it (Adobe Glyph List Specification, section 2), but PDFium knows no more of them than single
// letters. Borrows the file's objects; reads nothing before it is
// asked. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "parse/pdf/file_objects.h"

namespace naru::pdf {

class GlyphNames {
 public:
  static constexpr char32_t kCodesMax = 256;  // of a simple font

  explicit GlyphNames(FileObjects& objects) : objects_(objects) {}

  // Empty: not known. `font`: its base name.
  std::u32string_view text_of(std::string_view font, char32_t code);

 private:
  using Texts = std::map<char32_t, std::u32string>;
  void read_objects();
  Texts read_font(std::string_view font);

  FileObjects& objects_;
  bool read_ = false;
  std::multimap<std::string, std::string_view, std::less<>> dictionaries_;  // of fonts, by base name
  std::map<std::string, Texts, std::less<>> fonts_;
};

// "f_f_i" is "ffi", "uni004E0061" is "Na", "one.oldstyle" nothing: names of the list itself are PDFium's.
std::u32string text_of_glyph(std::string_view name);

}  // namespace naru::pdf
