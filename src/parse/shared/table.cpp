#include "parse/shared/table.h"

#include <algorithm>

#include "parse/shared/blocks.h"
#include "text/unicode.h"

namespace naru {

void TableGrid::start_row(bool is_header) {
  if (is_header && header_rows_ == rows_) ++header_rows_;
  ++rows_;
  column_ = 0;
}

std::size_t& TableGrid::owner(std::uint32_t row, std::uint32_t column) {
  if (owners_.size() <= row) owners_.resize(row + 1);
  std::vector<std::size_t>& line = owners_[row];
  if (line.size() <= column) {
    places_ += column + 1 - line.size();
    line.resize(column + 1, kFree);
  }
  return line[column];
}

std::uint32_t TableGrid::next_free() {
  if (rows_ == 0) start_row();
  const std::uint32_t row = rows_ - 1;
  if (row < owners_.size()) {
    const std::vector<std::size_t>& line = owners_[row];
    while (column_ < line.size() && line[column_] != kFree) ++column_;
  }
  return column_;
}

bool TableGrid::room_for(std::uint32_t row, std::uint32_t columns) {
  const bool fits = columns <= kTableColumnsMax && row < kTablePlacesMax && places_ + columns <= kTablePlacesMax;
  cut_ = cut_ || !fits;
  return fits;
}

void TableGrid::add(std::string_view text, std::uint32_t rows, std::uint32_t columns) {
  const std::uint32_t column = next_free();
  place(rows_ - 1, column, text, rows, columns);
  column_ = column + std::clamp<std::uint32_t>(columns, 1, kTableColumnsMax);
}

void TableGrid::skip(std::uint32_t columns) { column_ = next_free() + std::min(columns, kTableColumnsMax); }

void TableGrid::place(std::uint32_t row, std::uint32_t column, std::string_view text, std::uint32_t rows,
                      std::uint32_t columns) {
  if (!room_for(row, std::min(column, kTableColumnsMax) + 1)) return;
  if (const std::size_t taken = owner(row, column); taken != kFree) {
    std::string& there = cells_[taken].text;
    const std::string more = fold_white_space(text);
    if (!there.empty() && !more.empty()) there += ' ';
    there += more;
    return;
  }
  Cell cell;
  cell.row = row;
  cell.column = column;
  cell.rows = std::max<std::uint32_t>(rows, 1);
  cell.columns = std::clamp<std::uint32_t>(columns, 1, kTableColumnsMax - column);
  cell.text = fold_white_space(text);
  rows_ = std::max(rows_, row + 1);
  take(cell);
  cells_.push_back(std::move(cell));
}

// Marks the places of a cell as far as they are free: cells that overlap keep what they have.
void TableGrid::take(const Cell& cell) {
  for (std::uint32_t r = cell.row; r - cell.row < cell.rows; ++r) {
    if (!room_for(r, cell.column + cell.columns)) return;
    for (std::uint32_t c = cell.column; c < cell.column + cell.columns; ++c) {
      std::size_t& place = owner(r, c);
      if (place == kFree) place = cells_.size();
    }
  }
}

void TableGrid::extend_above(std::uint32_t columns) {
  const std::uint32_t column = next_free();
  const std::uint32_t row = rows_ - 1;
  column_ = column + std::clamp<std::uint32_t>(columns, 1, kTableColumnsMax);
  const bool above =
      row > 0 && row - 1 < owners_.size() && column < owners_[row - 1].size() && owners_[row - 1][column] != kFree;
  if (!above || !room_for(row, column_)) return;
  const std::size_t which = owners_[row - 1][column];
  Cell& cell = cells_[which];
  cell.rows = std::max(cell.rows, row - cell.row + 1);
  for (std::uint32_t c = cell.column; c < cell.column + cell.columns; ++c) {
    std::size_t& place = owner(row, c);
    if (place == kFree) place = which;
  }
}

Block TableGrid::finish() {
  std::uint32_t columns = 0;
  for (const auto& line : owners_) columns = std::max(columns, static_cast<std::uint32_t>(line.size()));
  std::vector<bool> row_used(owners_.size(), false), column_used(columns, false);
  for (const Cell& cell : cells_) {
    if (cell.text.empty()) continue;
    row_used[cell.row] = true;
    column_used[cell.column] = true;
  }
  // Where each row and column stands once the empty ones are gone.
  const auto places = [](const std::vector<bool>& used) {
    std::vector<std::uint32_t> at(used.size() + 1, 0);
    for (std::size_t i = 0; i < used.size(); ++i) at[i + 1] = at[i] + (used[i] ? 1 : 0);
    return at;
  };
  const std::vector<std::uint32_t> row_at = places(row_used), column_at = places(column_used);
  Block block;
  block.kind = BlockKind::table;
  const std::size_t wide = column_at.back(), high = row_at.back();
  const bool square = wide == 0 || high <= kTablePlacesMax / wide;  // a few wide rows among many do not fill up all
  block.cells.resize(high);
  if (square) {
    for (auto& line : block.cells) line.resize(wide);
  }
  for (Cell& cell : cells_) {
    if (cell.text.empty()) continue;
    const std::uint32_t row = row_at[cell.row], column = column_at[cell.column];
    auto& line = block.cells[row];
    if (line.size() <= column) line.resize(column + 1);
    line[column] = std::move(cell.text);
    const std::size_t row_end = std::min<std::size_t>(std::size_t{cell.row} + cell.rows, row_used.size());
    const std::size_t column_end = std::min<std::size_t>(std::size_t{cell.column} + cell.columns, columns);
    const TableSpan span{row, column, row_at[row_end] - row, column_at[column_end] - column};
    if (span.rows > 1 || span.columns > 1) block.spans.push_back(span);
  }
  block.header_rows = row_at[std::min<std::size_t>(header_rows_, row_used.size())];
  if (block.header_rows == block.cells.size()) block.header_rows = 0;  // names of nothing
  block.text = table_text(block.cells);
  *this = TableGrid();
  return block;
}

}  // namespace naru
