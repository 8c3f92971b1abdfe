#include "text/delimited.h"

#include <algorithm>
#include <set>
#include <utility>

namespace naru {

namespace {

constexpr std::size_t kLookRows = 50;  // that decide on the delimiter
constexpr std::size_t kLookBytes = 64 << 10;
constexpr std::size_t kPieceBytes = 256 << 10;  // asked for at once

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
    for (++at_; at_ < text_.size();) {
      const std::size_t quote = std::min(text_.find('"', at_), text_.size());
      value += text_.substr(at_, quote - at_);
      at_ = quote;
      if (text_.substr(at_, 2) == "\"\"") {
        value += '"';
        at_ += 2;
      } else if (at_ < text_.size()) {
        ++at_;
        row.open = false;
        break;
      }
    }
  }
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
  value += text_.substr(begin, at_ - begin);
  return value;
}

Status DelimitedStream::pull(std::size_t bytes) {
  held_.erase(0, at_);
  begin_ += std::exchange(at_, 0);
  const std::string more = NARU_TRY(more_(bytes));
  ended_ = more.empty();
  held_ += more;
  return {};
}

Result<bool> DelimitedStream::next(DelimitedRow& row) {
  for (std::size_t wanted = kPieceBytes;; wanted *= 2) {
    const std::string_view rest = std::string_view(held_).substr(at_);
    DelimitedReader reader(rest, delimiter_);
    const bool any = reader.next(row);
    // Two bytes may end it: what comes after the first must have been seen.
    if (ended_ ? any : any && row.end + 1 < rest.size()) {
      row.start += at();
      row.end += at();
      at_ += reader.at();
      return true;
    }
    if (ended_) return false;
    if (rest.size() > row_bytes_max_ + 2) {  // all of it but the line's end is of this row
      NARU_TRY(skip(row));
      return true;
    }
    NARU_TRY(pull(std::min(wanted, std::max(row_bytes_max_, kPieceBytes))));
  }
}

// To the end of the row, wherever that is, and nothing kept of it.
Status DelimitedStream::skip(DelimitedRow& row) {
  row.cells.clear();
  row.quoted.clear();
  row.start = at();
  bool quoted = false, at_cell = true, was_quote = false;
  for (;; ++at_) {
    if (at_ == held_.size() && !ended_) NARU_TRY(pull(kPieceBytes));
    if (at_ == held_.size()) break;
    const char c = held_[at_];
    if (quoted) {
      quoted = c != '"';
      was_quote = !quoted;
      continue;
    }
    if (c == '\n' || c == '\r') break;
    quoted = c == '"' && (at_cell || was_quote);
    was_quote = false;
    at_cell = c == delimiter_;
  }
  row.open = quoted;
  row.end = at();
  while (held_.size() - at_ < 2 && !ended_) NARU_TRY(pull(kPieceBytes));
  const std::string_view rest = std::string_view(held_).substr(at_);
  at_ += rest.starts_with("\r\n") ? 2 : std::min<std::size_t>(rest.size(), 1);
  return {};
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
