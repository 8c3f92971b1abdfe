// Text that is turned on its page, and text that is written from top to bottom: read as if it ran to the right.
//
// A turn is a number of quarters clockwise: 0 runs to the right, 1 down, 2 to the left (upside down), 3 up. Lines are
// made in the frame of their turn, where they run to the right and the next one stands below. Vertical writing is turn
// 1: it runs down, and its next line stands to the left. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>

#include "parse/pdf/layout.h"

namespace naru::pdf {

Box to_frame(const Box& shown, std::uint8_t turn);
Box from_frame(const Box& box, std::uint8_t turn);

// Characters of East Asia that stand below each other, each for itself, get turn 1.
void find_vertical_writing(std::span<Glyph> glyphs);

// PDFium gives the lines of a turned paragraph by their height on the page. In their frame the upper one comes first.
void order_turned_lines(std::span<Line> lines);

}  // namespace naru::pdf
