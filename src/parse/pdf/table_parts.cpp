#include "parse/pdf/table_parts.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "parse/pdf/labels.h"
#include "parse/pdf/layout.h"
#include "record/table_header.h"

namespace naru::pdf {

namespace {

constexpr float kSamePlace = 6.0F;  // points between the left sides of two parts: half a character of the text
constexpr float kMiddle = 0.5F;     // of the page's height: a part that goes on ends below it, the next begins above it

Box area_of(const Block& table) {
  Box area = table.locator.boxes.front();
  for (const Box& box : table.locator.boxes) area = around(area, box);
  return area;
}

// What may stand between two parts: notes at the foot of the one page, a caption on the other.
bool stands_between(const Block& block) {
  return block.locator.part == kFootnote || block.kind == BlockKind::caption;
}

bool is_placed_table(const Block& block) {
  return block.kind == BlockKind::table && !block.cells.empty() && block.locator.page && block.locator.page_size &&
         !block.locator.boxes.empty();
}

bool goes_on(const Block& above, const Block& below) {
  if (*above.locator.page + 1 != *below.locator.page) return false;
  if (above.locator.page_size != below.locator.page_size) return false;
  if (above.cells.front().size() != below.cells.front().size()) return false;
  const float middle = above.locator.page_size->height * kMiddle;
  const Box first = area_of(above), second = area_of(below);
  return first.y1 > middle && second.y0 < middle && std::abs(first.x0 - second.x0) < kSamePlace;
}

bool begin_alike(const Block& a, const Block& b, std::size_t rows) {
  return rows < a.cells.size() && rows < b.cells.size() &&
         std::equal(a.cells.begin(), a.cells.begin() + static_cast<std::ptrdiff_t>(rows), b.cells.begin());
}

// A row of names: no cell of it is empty.
bool may_be_header(const std::vector<std::string>& row) {
  return std::none_of(row.begin(), row.end(), [](const std::string& cell) { return cell.empty(); });
}

}  // namespace

void name_columns_over_pages(std::vector<Block>& blocks) {
  Block* above = nullptr;
  std::string header;  // of the table that `above` is a part of
  for (Block& block : blocks) {
    if (!is_placed_table(block)) {
      if (!stands_between(block)) above = nullptr;
      continue;
    }
    const bool is_part = above != nullptr && goes_on(*above, block);
    if (is_part && above->header_rows == 0 && block.header_rows == 0 && may_be_header(block.cells.front()) &&
        header.empty() && begin_alike(*above, block, 1)) {
      above->header_rows = 1;  // what both begin with names their columns
    }
    if (is_part && above->header_rows > 0 && begin_alike(*above, block, above->header_rows)) {
      block.header_rows = above->header_rows;
    }
    if (!is_part || block.header_rows > 0) {
      header = table_header(block);
    } else {
      if (header.empty()) header = table_header(*above);
      if (!header.empty()) block.heading_path.push_back(header);
    }
    above = &block;
  }
}

}  // namespace naru::pdf
