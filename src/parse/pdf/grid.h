// Rows whose words stand in columns: tables without rules, and columns of prose that the file gives row by row.
//
// Pure functions over the lines of one page, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "parse/pdf/layout.h"

namespace naru::pdf {

struct FoundTable {
  std::size_t before = 0;  // stands in front of this one of the lines
  PageBlock block;         // cells, spans, text and boxes; no page
};

struct Arranged {
  std::vector<Line> lines;  // without those of the tables; columns of prose one after the other
  std::vector<FoundTable> tables;
};

// `page_height`: of the page as it is shown.
Arranged arrange(std::span<const Line> lines, float page_height);

}  // namespace naru::pdf
