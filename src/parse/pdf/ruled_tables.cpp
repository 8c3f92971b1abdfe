#include "parse/pdf/ruled_tables.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "parse/pdf/hyphens.h"
#include "parse/pdf/right_to_left.h"
#include "parse/pdf/ruled_grid.h"
#include "parse/pdf/turns.h"
#include "parse/shared/table.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kCellsWithText = 4;            // fewer are a frame or a letter's head
constexpr double kCellsWithTextShare = 0.3;          // of all cells; the rest of a diagram's grid is empty
constexpr std::uint32_t kCellCharactersMax = 1'500;  // what holds more is a page in a frame
constexpr std::size_t kRowsOfGroup = 3;              // lines in each cell of a ruled row
constexpr float kPitchOfRows = 1.5F;                 // of the size; a paragraph's lines stand closer
constexpr std::size_t kWordsCutShare = 50;           // one in so many characters may go over a cell's side
constexpr std::size_t kListLines = 10;               // in one cell
constexpr float kShortLine = 0.6F;                   // of the cell's width: a line that wraps is longer
constexpr float kInWord = 0.1F;                      // of the size, between two letters

std::uint8_t common_turn(const std::vector<Glyph>& glyphs) {
  std::size_t counts[4] = {};
  for (const Glyph& glyph : glyphs) ++counts[glyph.turn & 3];
  return static_cast<std::uint8_t>(std::max_element(counts, counts + 4) - counts);
}

bool is_one_word(const Glyph& before, const Glyph& glyph) {
  const Box a = to_frame(before.box, before.turn), b = to_frame(glyph.box, before.turn);
  return before.turn == glyph.turn && !glyph.space_before && !glyph.line_before && same_row(a, b) &&
         std::abs(b.x0 - a.x1) < kInWord * glyph.size;
}

// Many lines that do not wrap: a column of a page in a frame, with rows of its own.
bool holds_list(const RuledGrid& grid, const RuledCell& cell) {
  if (cell.glyphs.size() < kListLines) return false;
  const std::vector<Line> lines = make_lines(cell.glyphs);
  if (lines.size() < kListLines) return false;
  const Box box = grid.box_of(cell);
  const auto is_row = [&](const Line& line) {
    return line.boxes.size() > 1 || line.box.x1 < box.x0 + kShortLine * (box.x1 - box.x0);
  };
  return 2 * std::count_if(lines.begin(), lines.end(), is_row) > static_cast<std::ptrdiff_t>(lines.size());
}

// `cut`: words that go over the side of a cell. In a diagram they do.
bool is_table(const RuledGrid& grid, std::size_t cut) {
  std::size_t with_text = 0, characters = 0;
  std::vector<bool> rows(grid.rows(), false), columns(grid.columns(), false);
  for (const RuledCell& cell : grid.cells()) {
    if (cell.glyphs.empty()) continue;
    if (cell.glyphs.size() > kCellCharactersMax) return false;
    ++with_text;
    characters += cell.glyphs.size();
    rows[cell.row] = columns[cell.column] = true;
  }
  const auto used = [](const std::vector<bool>& places) { return std::count(places.begin(), places.end(), true); };
  const auto lists = [&](const RuledCell& cell) { return holds_list(grid, cell); };
  if (std::any_of(grid.cells().begin(), grid.cells().end(), lists)) return false;
  return cut <= characters / kWordsCutShare && with_text >= kCellsWithText && used(rows) > 1 && used(columns) > 1 &&
         static_cast<double>(with_text) >= kCellsWithTextShare * static_cast<double>(grid.cells().size());
}

struct ReadCell {
  const RuledCell* cell = nullptr;
  std::vector<Line> lines;
  bool bold = true, filled = false;
};

std::string text_of(std::span<const Line> lines) {
  std::string text;
  for (const Line& line : lines) {
    if (!text.empty() && !text.ends_with(kJoint)) text += ' ';
    text += line.text;
    if (line.joins_next) text += kJoint;
  }
  return text;
}

std::string text_of(const std::vector<ReadCell>& cells) {
  std::string text;
  for (const ReadCell& read : cells) text += text_of(read.lines) + " ";
  return text;
}

// Rows that are ruled in groups: as many lines in each cell of the row, all of them beside those of the next cell. So
// may cells be that wrap twice; three lines in each, or lines that stand apart, are rows.
std::size_t rows_in(const std::vector<ReadCell>& cells, std::size_t row) {
  const std::vector<Line>* first = nullptr;
  std::size_t columns = 0;
  for (const ReadCell& read : cells) {
    if (read.lines.empty() || read.cell->row > row || read.cell->row + read.cell->rows <= row) continue;
    if (read.cell->rows > 1) return 1;
    if (first == nullptr) first = &read.lines;
    if (read.lines.size() != first->size()) return 1;
    for (std::size_t i = 0; i < first->size(); ++i) {
      if (read.lines[i].turn != (*first)[i].turn || !same_row(read.lines[i].box, (*first)[i].box)) return 1;
    }
    ++columns;
  }
  if (columns < 2 || first->size() < 2) return 1;
  for (std::size_t i = 1; i < first->size(); ++i) {
    const float pitch = (*first)[i].box.y1 - (*first)[i - 1].box.y1;
    if (pitch <= 0 || (first->size() < kRowsOfGroup && pitch < kPitchOfRows * (*first)[i].size)) return 1;
  }
  return first->size();
}

// Rows at the top that are set in bold or on a ground, where those below are not.
std::uint32_t header_rows(const std::vector<ReadCell>& cells, std::size_t rows) {
  std::vector<bool> bold(rows, true), filled(rows, true), used(rows, false);
  for (const ReadCell& read : cells) {
    if (read.lines.empty()) continue;
    for (std::size_t row = read.cell->row; row < read.cell->row + read.cell->rows; ++row) {
      used[row] = true;
      bold[row] = bold[row] && read.bold;
      filled[row] = filled[row] && read.filled;
    }
  }
  for (const std::vector<bool>* mark : {&bold, &filled}) {
    std::size_t head = 0, all = 0;
    while (head < rows && (*mark)[head] && used[head]) ++head;
    for (std::size_t row = 0; row < rows; ++row) all += (*mark)[row] && used[row] ? 1 : 0;
    if (head > 0 && head == all && head < rows) return static_cast<std::uint32_t>(head);
  }
  return 0;
}

std::vector<ReadCell> read_cells(const RuledGrid& grid, const Rules& rules, std::uint8_t turn) {
  std::vector<ReadCell> cells;
  for (const RuledCell& cell : grid.cells()) {
    ReadCell& read = cells.emplace_back();
    read.cell = &cell;
    read.lines = make_lines(cell.glyphs);
    read.bold = std::all_of(read.lines.begin(), read.lines.end(), [](const Line& line) { return line.bold; });
    const Box box = from_frame(grid.box_of(cell), turn);
    const float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
    read.filled = std::any_of(rules.filled.begin(), rules.filled.end(), [&](const Box& area) {
      return area.x0 <= x && x <= area.x1 && area.y0 <= y && y <= area.y1;
    });
  }
  return cells;
}

PageBlock make_table(const RuledGrid& grid, const Rules& rules, std::uint8_t turn) {
  const std::vector<ReadCell> cells = read_cells(grid, rules, turn);
  std::vector<std::size_t> start(grid.rows() + 1, 0);  // where each ruled row begins in the table
  for (std::size_t row = 0; row < grid.rows(); ++row) start[row + 1] = start[row] + rows_in(cells, row);
  TableGrid out;
  for (std::size_t row = 0; row < start.back(); ++row) out.start_row();
  out.set_header_rows(static_cast<std::uint32_t>(start[header_rows(cells, grid.rows())]));
  const bool to_the_left = runs_to_the_left(text_of(cells));
  const auto place = [&](std::size_t row, const ReadCell& read, std::string_view text, std::size_t rows) {
    const std::size_t columns = read.cell->columns, first = read.cell->column;
    const std::size_t column = to_the_left ? grid.columns() - first - columns : first;
    out.place(static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), text,
              static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(columns));
  };
  PageBlock table;
  table.turn = turn;
  std::vector<Box> boxes;
  for (const ReadCell& read : cells) {
    const std::size_t row = start[read.cell->row], rows = start[read.cell->row + read.cell->rows] - row;
    if (read.cell->rows == 1 && rows > 1) {
      for (std::size_t i = 0; i < read.lines.size(); ++i) place(row + i, read, read.lines[i].text, 1);
    } else {
      place(row, read, text_of(read.lines), rows);
    }
    for (const Line& line : read.lines) {
      for (const Box& box : line.boxes) boxes.push_back(from_frame(box, line.turn));
      table.size = std::max(table.size, line.size);
      table.characters += line.characters;
      ++table.lines;
    }
  }
  table.block = out.finish();
  table.block.locator.boxes = std::move(boxes);
  return table;
}

}  // namespace

TakenOut take_ruled_tables(std::vector<Glyph> glyphs, const Rules& rules) {
  TakenOut out;
  const std::uint8_t turn = common_turn(glyphs);
  std::vector<RuledGrid> grids = find_grids(rules, turn);
  if (grids.empty()) {
    out.rest = std::move(glyphs);
    return out;
  }
  struct Place {
    std::size_t grid = 0;
    RuledCell* cell = nullptr;
  };
  const auto place_of = [&](const Glyph& glyph) {
    const Box box = to_frame(glyph.box, turn);
    for (std::size_t i = 0; i < grids.size(); ++i) {
      if (RuledCell* cell = grids[i].cell_at((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)) return Place{i, cell};
    }
    return Place{};
  };
  std::vector<Place> places(glyphs.size());
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    places[i] = place_of(glyphs[i]);
    // The hyphen is known from the glyph behind it, which may stand in the next cell.
    const bool leaves = i > 0 && places[i - 1].cell != nullptr && places[i].cell != places[i - 1].cell;
    if (leaves && glyphs[i].hyphen_before) places[i - 1].cell->hyphen = true;
    if (places[i].cell == nullptr) continue;
    places[i].cell->add(glyphs[i], i > 0 && places[i - 1].cell == places[i].cell);
  }
  for (RuledGrid& grid : grids) {
    for (RuledCell& cell : grid.cells()) cell.finish();
  }
  std::vector<std::size_t> cut(grids.size(), 0);
  for (std::size_t i = 1; i < glyphs.size(); ++i) {
    if (places[i].cell == places[i - 1].cell || !is_one_word(glyphs[i - 1], glyphs[i])) continue;
    if (places[i].cell != nullptr) ++cut[places[i].grid];
    if (places[i - 1].cell != nullptr) ++cut[places[i - 1].grid];
  }
  std::vector<bool> taken(grids.size(), false);
  for (std::size_t i = 0; i < grids.size(); ++i) taken[i] = is_table(grids[i], cut[i]);
  std::vector<bool> added(grids.size(), false);
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    const bool in_table = places[i].cell != nullptr && taken[places[i].grid];
    if (!in_table) {
      const bool behind_table = i > 0 && places[i - 1].cell != nullptr && taken[places[i - 1].grid];
      glyphs[i].line_before = glyphs[i].line_before || behind_table;
      out.rest.push_back(glyphs[i]);
    } else if (!added[places[i].grid]) {
      added[places[i].grid] = true;
      out.tables.push_back({out.rest.size(), make_table(grids[places[i].grid], rules, turn)});
    }
  }
  return out;
}

}  // namespace naru::pdf
