#include "parse/pdf/ruled_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "parse/pdf/turns.h"

namespace naru::pdf {

namespace {

constexpr float kSame = 2.0F;  // points: rules that stand closer are one
constexpr float kTouch = 3.0F;  // points that a crossing may miss
constexpr std::size_t kLinesMax = 400;  // of a page, one direction, after merging; a dense page has 100
constexpr double kCovered = 0.6;  // of a cell's side has a rule: the rest is its round corner or a gap
constexpr std::size_t kFree = static_cast<std::size_t>(-1);  // a place that no cell has yet

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

}  // namespace

RuledGrid::RuledGrid(const std::vector<Rule>& across, const std::vector<Rule>& down) {
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

RuledCell* RuledGrid::cell_at(float x, float y) {
  if (cells_.empty() || x < xs_.front() || x >= xs_.back() || y < ys_.front() || y >= ys_.back()) return nullptr;
  const auto place = [](const std::vector<float>& lines, float at) {
    return static_cast<std::size_t>(std::upper_bound(lines.begin(), lines.end(), at) - lines.begin()) - 1;
  };
  return &cells_[owners_[place(ys_, y) * columns() + place(xs_, x)]];
}

// Row by row: a cell grows to the right as far as no rule stands, then down with its whole width.
void RuledGrid::make_cells(const std::vector<Rule>& across, const std::vector<Rule>& down) {
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
      RuledCell cell{row, column, 1, 1, {}, false};
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

std::vector<RuledGrid> find_grids(const Rules& rules, std::uint8_t turn) {
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
  std::vector<RuledGrid> grids;
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
    RuledGrid grid(own_across, own_down);
    if (!grid.cells().empty()) grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace naru::pdf
