// One table model for all formats: a grid of cells, some of them over several rows or columns.
//
// A parser names its cells in reading order, either at the next free place of a row (as HTML and word processors do) or
// at an address (as HWP and spreadsheets do). finish() makes the block: Block::cells is a rectangle, a cell's text
// stands in its first place and the places that it covers are empty, Block::spans names the merged ones. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naru/record.h"

namespace naru {

// A table may take so many places in its grid; the rest of it is left out (cut() says so).
inline constexpr std::size_t kTablePlacesMax = 1'000'000;
inline constexpr std::uint32_t kTableColumnsMax = 20'000;  // spreadsheets end at 16,384

class TableGrid {
 public:
  // Begins the next row. Cells of rows above that reach into it keep their places.
  void start_row(bool is_header = false);
  // At the next free place of the row. Spans below 1 count as 1. Line breaks and runs of blanks become one blank.
  void add(std::string_view text, std::uint32_t rows = 1, std::uint32_t columns = 1);
  // Leaves places of the row free ("gridBefore").
  void skip(std::uint32_t columns);
  // At an address, from 0. Where the place is taken, the text joins that of the cell there.
  void place(std::uint32_t row, std::uint32_t column, std::string_view text, std::uint32_t rows = 1,
             std::uint32_t columns = 1);
  // The cell above the next free place of the row goes on here ("vMerge"); the same columns are taken.
  void extend_above(std::uint32_t columns);
  void set_header_rows(std::uint32_t rows) { header_rows_ = rows; }

  bool empty() const { return cells_.empty(); }
  std::uint32_t rows() const { return rows_; }
  bool cut() const { return cut_; }

  // A table block with cells, spans, header_rows and text; no locator. Rows and columns that hold nothing at all are
  // left out. The grid is empty afterwards.
  Block finish();

 private:
  struct Cell {
    std::uint32_t row = 0, column = 0, rows = 1, columns = 1;
    std::string text;
  };
  std::uint32_t next_free();
  bool room_for(std::uint32_t row, std::uint32_t columns);
  void take(const Cell& cell);
  static constexpr std::size_t kFree = static_cast<std::size_t>(-1);
  std::size_t& owner(std::uint32_t row, std::uint32_t column);

  std::vector<Cell> cells_;
  std::vector<std::vector<std::size_t>> owners_;  // by row and column: which cell has the place
  std::size_t places_ = 0;
  std::uint32_t rows_ = 0;    // started
  std::uint32_t column_ = 0;  // where the next cell of the row may stand
  std::uint32_t header_rows_ = 0;
  bool cut_ = false;
};

}  // namespace naru
