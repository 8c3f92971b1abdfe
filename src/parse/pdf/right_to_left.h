// Arabic and Hebrew: what PDFium turns round once too often. Pure functions, any thread.
#pragma once

#include <span>
#include <string_view>

#include "parse/pdf/layout.h"

namespace naru::pdf {

// A glyph may stand for several letters (lam-alef, a whole word). PDFium turns the line round letter by letter, which
// leaves those of one glyph backwards; letters with the same box are of one glyph.
void restore_order_within_glyphs(std::span<Glyph> glyphs);

// More letters run to the left than to the right: so do the columns of a table.
bool runs_to_the_left(std::string_view text);

}  // namespace naru::pdf
