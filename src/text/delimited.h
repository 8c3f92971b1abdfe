// Delimited text: CSV, TSV and their kin, cut into rows of cells; which delimiter and whether there is a header.
//
// Pure; any thread. A reader borrows its text.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

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
  std::size_t at() const { return at_; }  // where the next row begins

 private:
  std::string cell(DelimitedRow& row);

  const std::string_view text_;
  const char delimiter_;
  std::size_t at_ = 0;
};

// The same of a text that comes in pieces; one row at a time is held, and no more of one than it may have.
class DelimitedStream {
 public:
  using More = std::function<Result<std::string>(std::size_t bytes)>;  // what comes next, about so much; none: the end
  DelimitedStream(More more, char delimiter, std::size_t row_bytes_max)
      : more_(std::move(more)), delimiter_(delimiter), row_bytes_max_(row_bytes_max) {}

  // False: there is none. A row that is much longer than it may be comes without cells. Errors: those of `more`.
  Result<bool> next(DelimitedRow& row);
  std::size_t at() const { return begin_ + at_; }  // in the text: where the next row begins

 private:
  Status pull(std::size_t bytes);
  Status skip(DelimitedRow& row);

  const More more_;
  const char delimiter_;
  const std::size_t row_bytes_max_;
  std::string held_;
  std::size_t begin_ = 0;  // of `held_` in the text
  std::size_t at_ = 0;     // in `held_`
  bool ended_ = false;
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
