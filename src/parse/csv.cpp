// csv: tables of delimited text (CSV, TSV and their kin), a row a record.
//
// The delimiter is the one of , ; tab | that cuts the first rows most evenly, or what a first line "sep=;" says; fields
// may be quoted, with doubled quotes and line ends inside. A first row of names becomes the header. Rows of uneven
// length are kept as they are. Large files become several tables; those behind the first have the header above them.
// Locators are byte ranges, also where the charset was converted. Leaves out nothing but the quotes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/format_names.h"
#include "text/charset.h"
#include "text/delimited.h"

namespace naru {

namespace {

constexpr std::size_t kRowsOfBlockMax = 500;

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
    const Dialect dialect = find_dialect(decoded.text, input.media_hint);
    add_rows(std::string_view(decoded.text).substr(dialect.begin), dialect.begin, dialect.delimiter, decoded, document);
    finish_document(document);
    return document;
  }

 private:
  static void add_rows(std::string_view text, std::size_t begin, char delimiter, const Decoded& decoded,
                       Document& document) {
    BlockList blocks(document);
    DelimitedReader reader(text, delimiter);
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
    for (DelimitedRow row; reader.next(row);) {
      if (is_blank(row)) continue;
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
