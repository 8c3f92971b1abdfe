// The grids that the rules of a page make: cells with their spans, before anyone says that they are a table.
//
// In the frame of the page's text (turns.h), points from the top left. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "parse/pdf/layout.h"
#include "parse/pdf/rules.h"

namespace naru::pdf {

// A line of the grid: where it stands, and from where to where it goes.
struct Rule {
  float at = 0, from = 0, to = 0;
};

struct RuledCell {
  std::size_t row = 0, column = 0, rows = 1, columns = 1;
  std::vector<Glyph> glyphs;
  bool hyphen = false;  // stands behind the last of them

  void add(Glyph glyph, bool goes_on) {
    glyph.hyphen_before = goes_on ? glyph.hyphen_before : hyphen;
    glyph.line_before = glyph.line_before || !goes_on;
    hyphen = false;
    glyphs.push_back(glyph);
  }
  // No line follows that the word could go on in.
  void finish() {
    if (!hyphen) return;
    Glyph mark = glyphs.back();
    mark.character = U'-';
    mark.space_before = mark.line_before = mark.hyphen_before = hyphen = false;
    glyphs.push_back(mark);
  }
};

class RuledGrid {
 public:
  // Rules that belong together: two across at least, one down.
  RuledGrid(const std::vector<Rule>& across, const std::vector<Rule>& down);

  std::size_t columns() const { return xs_.size() - 1; }
  std::size_t rows() const { return ys_.size() - 1; }
  std::vector<RuledCell>& cells() { return cells_; }
  const std::vector<RuledCell>& cells() const { return cells_; }
  Box box_of(const RuledCell& cell) const {
    return {xs_[cell.column], ys_[cell.row], xs_[cell.column + cell.columns], ys_[cell.row + cell.rows]};
  }

  // The cell that a point stands in; nothing outside the grid.
  RuledCell* cell_at(float x, float y);

 private:
  void make_cells(const std::vector<Rule>& across, const std::vector<Rule>& down);

  std::vector<float> xs_, ys_;
  std::vector<RuledCell> cells_;
  std::vector<std::size_t> owners_;  // by place: which cell
};

// The grids of a page; its rules that cross belong together. None where there are more rules than a table has.
std::vector<RuledGrid> find_grids(const Rules& rules, std::uint8_t turn);

}  // namespace naru::pdf
