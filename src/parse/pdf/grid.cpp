#include "parse/pdf/grid.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "parse/pdf/right_to_left.h"
#include "parse/shared/table.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kTableRows = 3;     // fewer rows in line may be chance
constexpr std::size_t kProseRows = 5;     // fewer are a table of long cells
constexpr std::size_t kProseColumns = 3;  // at most; newspapers have more, but draw them one by one
constexpr double kProseWords = 3;         // of a piece, in the mean of each column: cells are shorter
constexpr float kPitch = 2.5F;            // of the size, from row to row
constexpr double kRegularShare = 0.6;     // of the rows have a piece in each column
constexpr std::size_t kPageDigits = 4;    // of a page's number in a list of contents
constexpr float kEdge = 0.1F;             // of the page's height, as for running heads
constexpr float kAcross = 1.0F;           // points that a piece may reach into the next column

struct Piece {
  Box box;
  std::string text;
};

struct Row {
  std::size_t first = 0, last = 0;  // of the lines, both included
  std::vector<Piece> pieces;
  Box box;
  float size = 0;
  bool bold = true;
  std::uint8_t turn = 0;
  Role role = Role::none;
};

struct Column {
  float x0 = 0, x1 = 0;
};

void add_line(Row& row, const Line& line, std::size_t index) {
  if (row.pieces.empty()) {
    row.first = index;
    row.box = line.box;
    row.turn = line.turn;
    row.role = line.role;
  }
  row.last = index;
  row.box = around(row.box, line.box);
  row.size = std::max(row.size, line.size);
  row.bold = row.bold && line.bold;
  for (std::size_t i = 0; i < line.boxes.size(); ++i) {
    const std::size_t end = i + 1 < line.starts.size() ? line.starts[i + 1] : line.text.size();
    std::string text = line.text.substr(line.starts[i], end - line.starts[i]);
    while (text.ends_with(' ')) text.pop_back();
    row.pieces.push_back({line.boxes[i], std::move(text)});
  }
}

std::vector<Row> make_rows(std::span<const Line> lines) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool beside = !rows.empty() && rows.back().turn == lines[i].turn && same_row(rows.back().box, lines[i].box) &&
                        lines[i].box.x0 > rows.back().box.x1 && !lines[i - 1].joins_next;
    if (!beside) rows.emplace_back();
    add_line(rows.back(), lines[i], i);
  }
  return rows;
}

bool follows(const Row& above, const Row& below) {
  const float pitch = below.box.y1 - above.box.y1;
  return above.turn == below.turn && pitch > 0 && pitch < kPitch * std::max({above.size, below.size, 1.0F});
}

// The columns of the rows that have the commonest number of pieces; none where these do not stand below each other.
std::vector<Column> find_columns(std::span<const Row> rows) {
  std::map<std::size_t, std::size_t> rows_of_count;
  for (const Row& row : rows) ++rows_of_count[row.pieces.size()];
  std::size_t count = 0, most = 0;
  for (const auto& [pieces, n] : rows_of_count) {
    if (n >= most) {
      most = n;
      count = pieces;
    }
  }
  if (static_cast<double>(most) < kRegularShare * static_cast<double>(rows.size())) return {};
  std::vector<Column> columns(count);
  bool first = true;
  for (const Row& row : rows) {
    if (row.pieces.size() != count) continue;
    for (std::size_t i = 0; i < count; ++i) {
      const Box& box = row.pieces[i].box;
      columns[i] =
          first ? Column{box.x0, box.x1} : Column{std::min(columns[i].x0, box.x0), std::max(columns[i].x1, box.x1)};
    }
    first = false;
  }
  for (std::size_t i = 1; i < count; ++i) {
    if (columns[i].x0 < columns[i - 1].x1) return {};
  }
  return columns;
}

// First and last column that a piece stands in; the nearest where it stands between two.
std::pair<std::size_t, std::size_t> columns_of(const Box& box, const std::vector<Column>& columns) {
  std::size_t first = columns.size(), last = 0, nearest = 0;
  float distance = -1;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const float apart = std::max(columns[i].x0 - box.x1, box.x0 - columns[i].x1);
    if (apart < -kAcross) {
      first = std::min(first, i);
      last = i;
    }
    if (distance < 0 || apart < distance) {
      distance = std::max(apart, 0.0F);
      nearest = i;
    }
  }
  return first < columns.size() ? std::pair(first, last) : std::pair(nearest, nearest);
}

double words_of(std::span<const Row> rows, std::size_t column, std::size_t columns) {
  std::size_t words = 0, pieces = 0;
  for (const Row& row : rows) {
    if (row.pieces.size() != columns) continue;
    const std::string& text = row.pieces[column].text;
    words += 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
    ++pieces;
  }
  return pieces == 0 ? 0 : static_cast<double>(words) / static_cast<double>(pieces);
}

bool is_prose(std::span<const Row> rows, std::size_t columns) {
  if (rows.size() < kProseRows || columns > kProseColumns) return false;
  for (std::size_t i = 0; i < columns; ++i) {
    if (words_of(rows, i, columns) < kProseWords) return false;
  }
  return true;
}

bool is_list(std::span<const Row> rows) {
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.pieces.size() == 2 && starts_list_item(row.pieces[0].text + " ");
  });
}

// "2.1 Boats    14": the last pieces are numbers that only grow.
bool is_contents(std::span<const Row> rows) {
  long last = 0;
  for (const Row& row : rows) {
    if (row.pieces.size() != 2) return false;
    const std::string& number = row.pieces[1].text;
    const bool is_number = !number.empty() && number.size() <= kPageDigits &&
                           std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number || std::stol(number) < last) return false;
    last = std::stol(number);
  }
  return true;
}

// The foot of a page in columns: name, date, number.
bool is_at_edge(std::span<const Row> rows, float page_height) {
  return rows.size() <= kTableRows && rows.front().turn == 0 &&
         (rows.back().box.y1 < page_height * kEdge || rows.front().box.y0 > page_height * (1 - kEdge));
}

PageBlock make_table(std::span<const Row> rows, const std::vector<Column>& columns, std::span<const Line> lines) {
  TableGrid grid;
  PageBlock table;
  std::string all;
  for (const Row& row : rows) {
    for (const Piece& piece : row.pieces) all += piece.text + " ";
  }
  const bool to_the_left = runs_to_the_left(all);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    grid.start_row(i == 0 && rows[0].bold && !rows[1].bold);
    for (const Piece& piece : rows[i].pieces) {
      const auto [first, last] = columns_of(piece.box, columns);
      const std::size_t column = to_the_left ? columns.size() - 1 - last : first;
      grid.place(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(column), piece.text, 1,
                 static_cast<std::uint32_t>(last - first + 1));
    }
  }
  table.block = grid.finish();
  table.size = rows.back().size;
  table.turn = rows.back().turn;
  for (const Row& row : rows) {
    for (const Piece& piece : row.pieces) table.block.locator.boxes.push_back(piece.box);
    for (std::size_t i = row.first; i <= row.last; ++i) table.characters += lines[i].characters;
    ++table.lines;
  }
  return table;
}

// A line of one piece, so that columns can be read one after the other.
Line line_of(const Piece& piece, const Row& row, std::uint32_t characters) {
  Line line;
  line.text = piece.text;
  line.boxes = {piece.box};
  line.starts = {0};
  line.box = piece.box;
  line.size = row.size;
  line.bold = row.bold;
  line.turn = row.turn;
  line.role = row.role;
  line.characters = characters;
  return line;
}

void add_columns(std::span<const Row> rows, const std::vector<Column>& columns, std::span<const Line> lines,
                 std::vector<Line>& out) {
  std::vector<std::vector<Line>> of_column(columns.size());
  for (const Row& row : rows) {
    for (const Piece& piece : row.pieces) {
      const auto characters = static_cast<std::uint32_t>(
          piece.text.size() - static_cast<std::size_t>(std::count(piece.text.begin(), piece.text.end(), ' ')));
      of_column[columns_of(piece.box, columns).first].push_back(line_of(piece, row, characters));
    }
    // A hyphen was read at the end of the row, which is where the last column's line ends.
    if (lines[row.last].joins_next && !of_column.back().empty()) of_column.back().back().joins_next = true;
  }
  for (std::vector<Line>& column : of_column) std::move(column.begin(), column.end(), std::back_inserter(out));
}

}  // namespace

Arranged arrange(std::span<const Line> lines, float page_height) {
  Arranged out;
  out.lines.reserve(lines.size());
  const std::vector<Row> rows = make_rows(lines);
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i;
    while (end < rows.size() && rows[end].pieces.size() > 1 && (end == i || follows(rows[end - 1], rows[end]))) ++end;
    const std::span<const Row> run = std::span(rows).subspan(i, end - i);
    const std::vector<Column> columns =
        run.size() >= kTableRows && !is_list(run) && !is_contents(run) && !is_at_edge(run, page_height)
            ? find_columns(run)
            : std::vector<Column>();
    if (columns.size() < 2) {
      end = std::max(end, i + 1);
      for (std::size_t at = rows[i].first; at <= rows[end - 1].last; ++at) out.lines.push_back(lines[at]);
    } else if (is_prose(run, columns.size())) {
      add_columns(run, columns, lines, out.lines);
    } else {
      out.tables.push_back({out.lines.size(), make_table(run, columns, lines)});
    }
    i = end;
  }
  return out;
}

}  // namespace naru::pdf
