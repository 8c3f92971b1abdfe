// Tables whose cells are ruled: lines that cross make a grid, cells between which no line stands are merged, and each
// character belongs to the cell that it stands in, however its line wraps there.
//
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "parse/pdf/grid.h"
#include "parse/pdf/layout.h"
#include "parse/pdf/rules.h"

namespace naru::pdf {

struct TakenOut {
  std::vector<Glyph> rest;         // not in a table
  std::vector<FoundTable> tables;  // `before`: one of the rest; by it, rising
};

TakenOut take_ruled_tables(std::vector<Glyph> glyphs, const Rules& rules);

}  // namespace naru::pdf
