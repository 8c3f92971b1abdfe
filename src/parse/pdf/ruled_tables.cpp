#include "parse/pdf/ruled_tables.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "parse/pdf/hyphens.h"
#include "parse/pdf/right_to_left.h"
#include "parse/pdf/turns.h"
#include "parse/shared/table.h"

namespace naru::pdf {

namespace {

constexpr float kSame = 2.0F;                        // points: rules that stand closer are one
constexpr float kTouch = 3.0F;                       // points that a crossing may miss
constexpr std::size_t kLinesMax = 400;               // of a page, one direction, after merging; a dense page has 100
constexpr std::size_t kCellsWithText = 4;            // fewer are a frame or a letter's head
constexpr double kCellsWithTextShare = 0.3;          // of all cells; the rest of a diagram's grid is empty
constexpr std::uint32_t kCellCharactersMax = 1'500;  // what holds more is a page in a frame
constexpr std::size_t kRowsOfGroup = 3;              // lines in each cell of a ruled row
constexpr float kPitchOfRows = 1.5F;                 // of the size; a paragraph's lines stand closer
constexpr std::size_t kWordsCutShare = 50;           // one in so many characters may go over a cell's side
constexpr std::size_t kListLines = 10;               // in one cell
constexpr float kShortLine = 0.6F;                   // of the cell's width: a line that wraps is longer
constexpr float kInWord = 0.1F;                      // of the size, between two letters
constexpr double kCovered = 0.6;  // of a cell's side has a rule: the rest is its round corner or a gap

// A line of the grid: where it stands, and from where to where it goes.
struct Rule {
  float at = 0, from = 0, to = 0;
};

// Rules in line become one; those beside each other, of a double border, as well.
std::vector<Rule> merged(std::vector<Rule> rules) {
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.at < b.at; });
  std::vector<Rule> out;
  for (std::size_t start = 0; start < rules.size();) {
    std::size_t end = start + 1;
    while (end < rules.size() && rules[end].at - rules[start].at <= kSame) ++end;
    const auto first = rules.begin() + static_cast<std::ptrdiff_t>(start);
    const auto last = rules.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(first, last, [](const Rule& a, const Rule& b) { return a.from < b.from; });
    for (auto rule = first; rule != last; ++rule) {
      if (rule != first && rule->from <= out.back().to + kTouch) {
        out.back().to = std::max(out.back().to, rule->to);
      } else {
        out.push_back(*rule);
      }
    }
    start = end;
  }
  return out;
}

bool cross(const Rule& across, const Rule& down) {
  return down.at >= across.from - kTouch && down.at <= across.to + kTouch && across.at >= down.from - kTouch &&
         across.at <= down.to + kTouch;
}

class Groups {
 public:
  explicit Groups(std::size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), std::size_t{0}); }
  std::size_t of(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parents_[of(a)] = of(b); }

 private:
  std::vector<std::size_t> parents_;
};

std::vector<float> places_of(const std::vector<Rule>& rules, float first, float last) {
  std::vector<float> places = {first, last};
  for (const Rule& rule : rules) places.push_back(rule.at);
  std::sort(places.begin(), places.end());
  std::vector<float> out;
  for (const float place : places) {
    if (out.empty() || place - out.back() > kTouch) out.push_back(place);
  }
  return out;
}

// Does a rule stand at `at`, over most of the way from `from` to `to`?
bool has_rule(const std::vector<Rule>& rules, float at, float from, float to) {
  float covered = 0;
  for (const Rule& rule : rules) {
    if (std::abs(rule.at - at) > kTouch) continue;
    covered += std::max(0.0F, std::min(rule.to, to) - std::max(rule.from, from));
  }
  return covered >= kCovered * (to - from);
}

struct Cell {
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

class Grid {
 public:
  Grid(std::vector<Rule> across, std::vector<Rule> down) {
    float left = down.front().at, right = left, top = across.front().at, bottom = top;
    for (const Rule& rule : across) {
      left = std::min(left, rule.from);
      right = std::max(right, rule.to);
      top = std::min(top, rule.at);
      bottom = std::max(bottom, rule.at);
    }
    for (const Rule& rule : down) {
      left = std::min(left, rule.at);
      right = std::max(right, rule.at);
      top = std::min(top, rule.from);
      bottom = std::max(bottom, rule.to);
    }
    xs_ = places_of(down, left, right);
    ys_ = places_of(across, top, bottom);
    if (columns() < 2 || rows() < 2) return;
    make_cells(across, down);
  }

  std::size_t columns() const { return xs_.size() - 1; }
  std::size_t rows() const { return ys_.size() - 1; }
  std::vector<Cell>& cells() { return cells_; }
  const std::vector<Cell>& cells() const { return cells_; }
  Box box_of(const Cell& cell) const {
    return {xs_[cell.column], ys_[cell.row], xs_[cell.column + cell.columns], ys_[cell.row + cell.rows]};
  }

  // The cell that a point stands in; nothing outside the grid.
  Cell* cell_at(float x, float y) {
    if (cells_.empty() || x < xs_.front() || x >= xs_.back() || y < ys_.front() || y >= ys_.back()) return nullptr;
    const auto place = [](const std::vector<float>& lines, float at) {
      return static_cast<std::size_t>(std::upper_bound(lines.begin(), lines.end(), at) - lines.begin()) - 1;
    };
    return &cells_[owners_[place(ys_, y) * columns() + place(xs_, x)]];
  }

 private:
  static constexpr std::size_t kFree = static_cast<std::size_t>(-1);

  // Row by row: a cell grows to the right as far as no rule stands, then down with its whole width.
  void make_cells(const std::vector<Rule>& across, const std::vector<Rule>& down) {
    owners_.assign(columns() * rows(), kFree);
    const auto wall_right = [&](std::size_t row, std::size_t column) {
      return has_rule(down, xs_[column + 1], ys_[row], ys_[row + 1]);
    };
    const auto wall_below = [&](std::size_t row, std::size_t column) {
      return has_rule(across, ys_[row + 1], xs_[column], xs_[column + 1]);
    };
    for (std::size_t row = 0; row < rows(); ++row) {
      for (std::size_t column = 0; column < columns(); ++column) {
        if (owners_[row * columns() + column] != kFree) continue;
        Cell cell{row, column, 1, 1, {}, false};
        while (column + cell.columns < columns() && owners_[row * columns() + column + cell.columns] == kFree &&
               !wall_right(row, column + cell.columns - 1)) {
          ++cell.columns;
        }
        const auto goes_down = [&](std::size_t below) {
          for (std::size_t c = column; c < column + cell.columns; ++c) {
            if (wall_below(below - 1, c) || owners_[below * columns() + c] != kFree) return false;
            if (c + 1 < column + cell.columns && wall_right(below, c)) return false;
          }
          return true;
        };
        while (row + cell.rows < rows() && goes_down(row + cell.rows)) ++cell.rows;
        for (std::size_t r = row; r < row + cell.rows; ++r) {
          for (std::size_t c = column; c < column + cell.columns; ++c) owners_[r * columns() + c] = cells_.size();
        }
        cells_.push_back(std::move(cell));
      }
    }
  }

  std::vector<float> xs_, ys_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> owners_;  // by place: which cell
};

// The grids of a page; its rules that cross belong together.
std::vector<Grid> find_grids(const Rules& rules, std::uint8_t turn) {
  std::vector<Rule> across, down;
  for (const std::vector<Box>* boxes : {&rules.horizontal, &rules.vertical}) {
    for (const Box& shown : *boxes) {
      const Box box = to_frame(shown, turn);
      if (box.x1 - box.x0 > box.y1 - box.y0) {
        across.push_back({box.y0, box.x0, box.x1});
      } else {
        down.push_back({box.x0, box.y0, box.y1});
      }
    }
  }
  across = merged(std::move(across));
  down = merged(std::move(down));
  if (across.size() > kLinesMax || down.size() > kLinesMax) return {};
  Groups groups(across.size() + down.size());
  for (std::size_t a = 0; a < across.size(); ++a) {
    for (std::size_t d = 0; d < down.size(); ++d) {
      if (cross(across[a], down[d])) groups.join(a, across.size() + d);
    }
  }
  std::vector<Grid> grids;
  for (std::size_t i = 0; i < across.size() + down.size(); ++i) {
    if (groups.of(i) != i) continue;
    std::vector<Rule> own_across, own_down;
    for (std::size_t a = 0; a < across.size(); ++a) {
      if (groups.of(a) == i) own_across.push_back(across[a]);
    }
    for (std::size_t d = 0; d < down.size(); ++d) {
      if (groups.of(across.size() + d) == i) own_down.push_back(down[d]);
    }
    if (own_across.size() < 2 || own_down.empty()) continue;
    Grid grid(std::move(own_across), std::move(own_down));
    if (!grid.cells().empty()) grids.push_back(std::move(grid));
  }
  return grids;
}

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
bool holds_list(const Grid& grid, const Cell& cell) {
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
bool is_table(const Grid& grid, std::size_t cut) {
  std::size_t with_text = 0, characters = 0;
  std::vector<bool> rows(grid.rows(), false), columns(grid.columns(), false);
  for (const Cell& cell : grid.cells()) {
    if (cell.glyphs.empty()) continue;
    if (cell.glyphs.size() > kCellCharactersMax) return false;
    ++with_text;
    characters += cell.glyphs.size();
    rows[cell.row] = columns[cell.column] = true;
  }
  const auto used = [](const std::vector<bool>& places) { return std::count(places.begin(), places.end(), true); };
  if (std::any_of(grid.cells().begin(), grid.cells().end(), [&](const Cell& cell) { return holds_list(grid, cell); })) {
    return false;
  }
  return cut <= characters / kWordsCutShare && with_text >= kCellsWithText && used(rows) > 1 && used(columns) > 1 &&
         static_cast<double>(with_text) >= kCellsWithTextShare * static_cast<double>(grid.cells().size());
}

struct ReadCell {
  const Cell* cell = nullptr;
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

std::vector<ReadCell> read_cells(const Grid& grid, const Rules& rules, std::uint8_t turn) {
  std::vector<ReadCell> cells;
  for (const Cell& cell : grid.cells()) {
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

PageBlock make_table(const Grid& grid, const Rules& rules, std::uint8_t turn) {
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
  std::vector<Grid> grids = find_grids(rules, turn);
  if (grids.empty()) {
    out.rest = std::move(glyphs);
    return out;
  }
  struct Place {
    std::size_t grid = 0;
    Cell* cell = nullptr;
  };
  const auto place_of = [&](const Glyph& glyph) {
    const Box box = to_frame(glyph.box, turn);
    for (std::size_t i = 0; i < grids.size(); ++i) {
      if (Cell* cell = grids[i].cell_at((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)) return Place{i, cell};
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
  for (Grid& grid : grids) {
    for (Cell& cell : grid.cells()) cell.finish();
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
