#include "text/delimited.h"

#include <algorithm>
#include <set>

namespace naru {

namespace {

constexpr std::size_t kLookRows = 50;  // that decide on the delimiter
constexpr std::size_t kLookBytes = 64 << 10;

// Rows that have as many cells as most rows have, times the cells; one column says nothing.
std::size_t evenness(std::string_view text, char delimiter) {
  DelimitedReader reader(text, delimiter);
  std::vector<std::size_t> counts;
  for (DelimitedRow row; counts.size() < kLookRows && reader.next(row);) {
    if (row.cells.size() > 1 || !row.cells.front().empty()) counts.push_back(row.cells.size());
  }
  std::size_t best = 0;
  for (const std::size_t columns : std::set<std::size_t>(counts.begin(), counts.end())) {
    if (columns < 2) continue;
    const auto rows = static_cast<std::size_t>(std::count(counts.begin(), counts.end(), columns));
    best = std::max(best, rows * rows * 1000 / std::max<std::size_t>(counts.size(), 1) + columns);
  }
  return best;
}

bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,-+%:/ eE") == std::string_view::npos;
}

}  // namespace

bool DelimitedReader::next(DelimitedRow& row) {
  if (at_ >= text_.size()) return false;
  row.cells.clear();
  row.quoted.clear();
  row.open = false;
  row.start = at_;
  for (;;) {
    row.cells.push_back(cell(row));
    row.end = at_;
    if (at_ >= text_.size()) return true;
    if (text_[at_] == delimiter_ && row.cells.size() < kDelimitedColumnsMax) {
      ++at_;
      continue;
    }
    at_ = text_.substr(at_, 2) == "\r\n" ? at_ + 2 : at_ + 1;
    return true;
  }
}

std::string DelimitedReader::cell(DelimitedRow& row) {
  std::string value;
  row.quoted.push_back(at_ < text_.size() && text_[at_] == '"');
  if (row.quoted.back()) {
    row.open = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (text_.substr(at_, 2) == "\"\"") {
        value += text_[at_++];
      } else {
        ++at_;
        row.open = false;
        break;
      }
    }
  }
  while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') {
    value += text_[at_++];
  }
  return value;
}

Dialect find_dialect(std::string_view text, std::string_view extension) {
  if (text.starts_with("sep=") && text.size() > 5 && (text[5] == '\n' || text[5] == '\r')) {
    return {text[4], std::min(text.find('\n'), text.size() - 1) + 1};
  }
  if (extension == "tsv" || extension == "tab") return {'\t', 0};
  const std::string_view head = text.substr(0, kLookBytes);
  Dialect best;
  std::size_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const std::size_t score = evenness(head, delimiter);
    if (score <= most) continue;
    most = score;
    best.delimiter = delimiter;
  }
  return best;
}

bool is_header(const DelimitedRow& row) {
  std::set<std::string_view> seen;
  for (const std::string& cell : row.cells) {
    const bool blank = cell.find_first_not_of(" \t") == std::string::npos;
    if (blank || is_number(cell) || !seen.insert(cell).second) return false;
  }
  return row.cells.size() > 1;
}

bool is_blank(const DelimitedRow& row) {
  return row.cells.size() == 1 && row.cells.front().find_first_not_of(" \t") == std::string::npos;
}

}  // namespace naru
