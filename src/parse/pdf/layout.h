// Layout: the characters of PDF pages become lines, lines become blocks, blocks get their kinds.
//
// Pure functions over plain values, any thread; nothing here knows PDFium. Coordinates are points from the top left of
// the page as it is shown. The order of the characters in the page's content is kept as the reading order: it is the
// author's, and right far more often than what geometry would guess.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "naru/record.h"

namespace naru::pdf {

// What the author's program says that a part of a page is (structure.h).
enum class Role : std::uint8_t {
  none,
  heading_1,
  heading_2,
  heading_3,
  heading_4,
  heading_5,
  heading_6,
  text,
  caption,
  note
};

// One character that shows something. White space and line ends are flags of the character behind them.
struct Glyph {
  char32_t character = 0;
  Box box;
  float size = 0;  // points: font size times text matrix
  bool bold = false;
  std::uint8_t turn = 0;  // quarters clockwise from running to the right
  Role role = Role::none;
  bool space_before = false;
  bool line_before = false;    // the line before it has ended
  bool hyphen_before = false;  // by a hyphen inside a word
};

// In the frame of its turn (turns.h), as its boxes.
struct Line {
  std::string text;
  std::vector<Box> boxes;           // one a run without a wide gap
  std::vector<std::size_t> starts;  // where the text of each begins in `text`
  Box box;                          // around them
  float size = 0;                   // of most of its characters
  bool bold = false;                // all of it
  std::uint32_t characters = 0;
  std::uint8_t turn = 0;
  Role role = Role::none;   // of its first character
  bool joins_next = false;  // ends inside a word: the next line goes on without a blank
};

struct PageBlock {
  Block block;
  float size = 0;
  bool bold = false;
  std::uint32_t characters = 0;
  std::uint32_t lines = 0;
  Role role = Role::none;
  std::uint8_t turn = 0;  // of its lines; the boxes of its locator are those of the page
};

Box around(const Box& a, const Box& b);
bool same_row(const Box& a, const Box& b);

// "• x", "3. x", "(a) x", "나. x": a mark, then white space.
bool starts_list_item(std::string_view text);

std::vector<Line> make_lines(std::span<const Glyph> glyphs);

// Blocks of one page: paragraphs, list items and tables; locator boxes are the lines'.
std::vector<PageBlock> make_blocks(std::span<const Line> lines, std::uint32_t page, PageSize size);

// Over the whole document: headings by the rank of their size, and each block's heading path.
std::vector<Block> finish_blocks(std::vector<PageBlock> blocks);

}  // namespace naru::pdf
