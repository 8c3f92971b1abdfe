#include "parse/html/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "parse/html/elements.h"
#include "parse/shared/table.h"

namespace naru::html {

namespace {

struct Cell {
  std::string text;
  std::size_t columns = 1, rows = 1;  // 0 rows: to the end of the section
  bool is_header = false;
};

struct Row {
  std::size_t section = 0;  // thead, tbody and tfoot: no cell reaches out of its own
  bool in_head = false;
  std::vector<Cell> cells;

  bool is_header() const {
    return in_head || std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.is_header; });
  }
};

std::size_t span_of(const Node& cell, const char* name) {
  const std::string_view value = cell.attribute(name);
  std::size_t number = 1;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

}  // namespace

// A table as it is written, before its cells have places.
struct TableReader::Source {
  std::vector<Block> captions;
  std::vector<Row> rows;
  std::vector<std::size_t> inner;  // tables of values inside its cells
  ByteRange range{0, 0};

  void cover(const ByteRange& more) {
    if (more.end <= more.start) return;
    range.start = range.end == 0 ? more.start : std::min(range.start, more.start);
    range.end = std::max(range.end, more.end);
  }
};

void TableReader::read(std::size_t table, std::vector<Block>& blocks, std::vector<std::string>& warnings) {
  std::vector<std::size_t> open = {table};
  while (!open.empty()) {
    Source source = collect(open.back());
    open.pop_back();
    open.insert(open.end(), source.inner.rbegin(), source.inner.rend());
    for (Block& caption : source.captions) blocks.push_back(std::move(caption));
    if (source.range.end == 0) continue;
    bool cut = false;
    Block block = grid_of(source, &cut);
    block.locator.bytes = source.range;
    blocks.push_back(std::move(block));
    if (cut) warnings.push_back(fmt::format("a table was cut: it has more than {} places", kTablePlacesMax));
  }
}

TableReader::Source TableReader::collect(std::size_t table) const {
  Source source;
  Row next;  // what the next row is
  for (std::size_t i = table + 1; i < page_[table].end;) {
    const Node& node = page_[i];
    const bool caption = node.tag == GUMBO_TAG_CAPTION;
    const bool cell = node.tag == GUMBO_TAG_TD || node.tag == GUMBO_TAG_TH;
    if (caption || cell) {
      InlineText text = text_in(i, source.inner);
      const ByteRange range = text.range();
      if (cell) {
        if (source.rows.empty()) source.rows.push_back(next);
        source.cover(range);
        source.rows.back().cells.push_back(
            {text.take(), span_of(node, "colspan"), span_of(node, "rowspan"), node.tag == GUMBO_TAG_TH});
      } else if (!text.empty()) {
        Block& block = source.captions.emplace_back();
        block.kind = BlockKind::caption;
        block.locator.bytes = range;
        block.text = text.take();
      }
      i = node.end;
      continue;
    }
    if (node.tag == GUMBO_TAG_THEAD || node.tag == GUMBO_TAG_TBODY || node.tag == GUMBO_TAG_TFOOT) {
      ++next.section;
      next.in_head = node.tag == GUMBO_TAG_THEAD;
    }
    if (is_unread(node, with_noscript_)) {
      i = node.end;
      continue;
    }
    if (node.tag == GUMBO_TAG_TR) source.rows.push_back(next);
    ++i;
  }
  return source;
}

// The text of a cell or caption on one line, but for the tables inside, which are put aside.
InlineText TableReader::text_in(std::size_t element, std::vector<std::size_t>& inner) const {
  InlineText text;
  const auto parts_words = [this](std::size_t i) { return is_block_element(page_[i].tag) || is_apart(page_[i].tag); };
  for (std::size_t i = element + 1; i < page_[element].end;) {
    const Node& node = page_[i];
    if (node.is_text()) {
      if (kept_.empty() || kept_[i]) text.add(node.text(), page_.range(node));
    } else if (is_unread(node, with_noscript_)) {
      i = node.end;
      continue;
    } else if (node.tag == GUMBO_TAG_TABLE && is_data_table(page_, i)) {
      text.blank();
      inner.push_back(i);
      i = node.end;
      continue;
    } else if (parts_words(i) || node.tag == GUMBO_TAG_BR) {
      text.blank();
    }
    ++i;
    // Blocks that end here part words as well.
    for (std::size_t up = node.is_text() ? node.parent : i - 1; up != element && page_[up].end == i;
         up = page_[up].parent) {
      if (parts_words(up)) text.blank();
    }
  }
  return text;
}

Block TableReader::grid_of(const Source& source, bool* cut) {
  TableGrid grid;
  std::size_t below = 0;  // the first row behind this one's section
  for (std::size_t r = 0; r < source.rows.size(); ++r) {
    const Row& row = source.rows[r];
    while (below < source.rows.size() && source.rows[below].section <= row.section) ++below;
    grid.start_row(row.is_header());
    for (const Cell& cell : row.cells) {
      std::size_t tall = cell.rows == 0 ? below - r : std::min(cell.rows, below - r);
      std::size_t wide = std::clamp<std::size_t>(cell.columns, 1, kColumnsMax);
      if (tall * wide > 1) merged_places_ += tall * wide;
      if (merged_places_ > kMergedPlacesMax) tall = wide = 1;
      grid.add(cell.text, static_cast<std::uint32_t>(tall), static_cast<std::uint32_t>(wide));
    }
  }
  *cut = grid.cut();
  return grid.finish();
}

}  // namespace naru::html
