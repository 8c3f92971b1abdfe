// The characters of a PDF page as PDFium's text layer gives them, with their boxes on the page as it is shown.
#pragma once

#include <vector>

#include "parse/pdf/glyph_names.h"
#include "parse/pdf/layout.h"
#include "parse/pdf/page_space.h"
#include "parse/pdf/structure.h"

namespace naru::pdf {

struct PageCharacters {
  std::vector<Glyph> glyphs;
  bool cut = false;      // there were more than we read
  bool garbled = false;  // most of them have no meaning in the file
};

PageCharacters read_characters(const Pdfium& library, FPDF_TEXTPAGE text, const PageSpace& space, GlyphNames& names,
                               const PageStructure& structure);

}  // namespace naru::pdf
