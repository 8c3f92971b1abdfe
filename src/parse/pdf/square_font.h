// The only font that PDFium finds beside those in a file and its own Latin ones: each of its characters is a square.
//
// Where a font is not in the file, PDFium asks the system for one to measure its characters by; what measures nothing
// it leaves out of the text, as it does with a Korean syllable that stands alone. The sandbox has no fonts, and what is
// read shall not depend on a machine's. Immutable, any thread.
#pragma once

#include <fpdf_sysfontinfo.h>

#include <string>

namespace naru::pdf {

// For FPDF_SetSystemFontInfo; lives until the process ends.
FPDF_SYSFONTINFO* square_font_info();

// The font's file, TrueType.
std::string make_square_font();

}  // namespace naru::pdf
