// Delimited text: CSV, TSV and their kin, cut into rows of cells; which delimiter and whether there is a header.
//
// Pure; any thread. A reader borrows its text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

// More cells than this are one cell.
inline constexpr std::size_t kDelimitedColumnsMax = 10'000;

struct DelimitedRow {
  std::vector<std::string> cells;
  std::vector<bool> quoted;        // per cell: so a quoted nothing is told from nothing
  std::size_t start = 0, end = 0;  // in the text, without the line's end
  bool open = false;               // a quote that is never closed: the row goes on to the end of the text
};

// Reads rows one after the other; never fails. Cells may be quoted, with doubled quotes and line ends inside.
class DelimitedReader {
 public:
  DelimitedReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  bool next(DelimitedRow& row);

 private:
  std::string cell(DelimitedRow& row);

  const std::string_view text_;
  const char delimiter_;
  std::size_t at_ = 0;
};

// What a first line "sep=;" says, else the one of , ; tab | that cuts the first rows most evenly; tab where `extension`
// is tsv or tab. `begin`: where the rows begin.
struct Dialect {
  char delimiter = ',';
  std::size_t begin = 0;
};
Dialect find_dialect(std::string_view text, std::string_view extension);

// Names, all given, no two alike, and no number among them.
bool is_header(const DelimitedRow& row);
// One cell of blanks: an empty line.
bool is_blank(const DelimitedRow& row);

}  // namespace naru
