// csv: tables of delimited text (CSV, TSV and their kin), a row a record.
//
// The delimiter is the one of , ; tab | that cuts the first rows most evenly, or what a first line "sep=;" says; fields
// may be quoted, with doubled quotes and line ends inside. A first row of names becomes the header. Rows of uneven
// length are kept as they are. Large files become several tables; those behind the first have the header above them.
// Locators are byte ranges, also where the charset was converted. Leaves out nothing but the quotes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/format_names.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kRowsOfBlockMax = 500;
constexpr std::size_t kColumnsMax = 10'000;
constexpr std::size_t kLookRows = 50;  // that decide on delimiter and header
constexpr std::size_t kLookBytes = 64 << 10;

struct Row {
  std::vector<std::string> cells;
  std::size_t start = 0, end = 0;  // in the decoded text, without the line's end
};

// Reads rows one after the other; never fails: a quote that is never closed ends with the text.
class RowReader {
 public:
  RowReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  bool next(Row& row) {
    if (at_ >= text_.size()) return false;
    row.cells.clear();
    row.start = at_;
    for (;;) {
      row.cells.push_back(cell());
      row.end = at_;
      if (at_ >= text_.size()) return true;
      if (text_[at_] == delimiter_ && row.cells.size() < kColumnsMax) {
        ++at_;
        continue;
      }
      at_ = text_.substr(at_, 2) == "\r\n" ? at_ + 2 : at_ + 1;
      return true;
    }
  }

 private:
  std::string cell() {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] != '"') {
          value += text_[at_];
        } else if (text_.substr(at_, 2) == "\"\"") {
          value += text_[at_++];
        } else {
          ++at_;
          break;
        }
      }
    }
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') {
      value += text_[at_++];
    }
    return value;
  }

  const std::string_view text_;
  const char delimiter_;
  std::size_t at_ = 0;
};

// Rows that have as many cells as most rows have, times the cells; one column says nothing.
std::size_t evenness(std::string_view text, char delimiter) {
  RowReader reader(text, delimiter);
  std::vector<std::size_t> counts;
  for (Row row; counts.size() < kLookRows && reader.next(row);) {
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

char find_delimiter(std::string_view text, std::string_view hint) {
  if (hint == "tsv" || hint == "tab") return '\t';
  const std::string_view head = text.substr(0, kLookBytes);
  char best = ',';
  std::size_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const std::size_t score = evenness(head, delimiter);
    if (score <= most) continue;
    most = score;
    best = delimiter;
  }
  return best;
}

bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,-+%:/ eE") == std::string_view::npos;
}

// Names, all given, no two alike, and no number among them.
bool is_header(const Row& row) {
  std::set<std::string_view> seen;
  for (const std::string& cell : row.cells) {
    if (cell.find_first_not_of(" \t") == std::string::npos || is_number(cell) || !seen.insert(cell).second)
      return false;
  }
  return row.cells.size() > 1;
}

class CsvParser : public Parser {
 public:
  std::string_view format() const override { return "csv"; }

  Confidence detect(const ParseInput& input) const override {
    static constexpr std::array<std::string_view, 4> kHints = {"csv", "tsv", "tab", "psv"};
    const bool named = std::find(kHints.begin(), kHints.end(), input.media_hint) != kHints.end();
    const bool text = may_be_text(input.bytes) && describe_format(input.bytes).empty();
    return named && text ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "csv");
    const Decoded decoded = decode_into(document, input.bytes);
    std::string_view text = decoded.text;
    std::size_t begin = 0;
    char delimiter = 0;
    if (text.starts_with("sep=") && text.size() > 5 && (text[5] == '\n' || text[5] == '\r')) {
      delimiter = text[4];
      begin = std::min(text.find('\n') + 1, text.size());
    } else {
      delimiter = find_delimiter(text, input.media_hint);
    }
    add_rows(text.substr(begin), begin, delimiter, decoded, document);
    finish_document(document);
    return document;
  }

 private:
  static void add_rows(std::string_view text, std::size_t begin, char delimiter, const Decoded& decoded,
                       Document& document) {
    BlockList blocks(document);
    RowReader reader(text, delimiter);
    Block block;
    std::size_t start = 0, end = 0;
    std::string header;
    const auto flush = [&] {
      if (block.cells.empty()) return;
      block.kind = BlockKind::table;
      block.text = table_text(block.cells);
      block.locator.bytes = ByteRange{decoded.original_offset(begin + start), decoded.original_offset(begin + end)};
      blocks.add(std::move(block));
      document.blocks.back().heading_path.clear();
      if (document.blocks.size() > 1 && !header.empty()) document.blocks.back().heading_path = {header};
      block = Block();
    };
    bool first = true;
    for (Row row; reader.next(row);) {
      const bool blank = row.cells.size() == 1 && row.cells.front().find_first_not_of(" \t") == std::string::npos;
      if (blank) continue;
      if (block.cells.empty()) start = row.start;
      if (first && is_header(row)) {
        block.header_rows = 1;
        header = table_text({row.cells});
      }
      first = false;
      end = row.end;
      block.cells.push_back(std::move(row.cells));
      if (block.cells.size() >= kRowsOfBlockMax) flush();
      row.cells = {};
    }
    flush();
  }
};

}  // namespace

void register_csv(Registry& registry) {
  registry.add_parser({.name = "csv",
                       .summary = "CSV, TSV: a row a record, header and delimiter found",
                       .version = 2},
                      [] { return std::make_unique<CsvParser>(); });
}

}  // namespace naru
