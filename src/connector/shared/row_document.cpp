#include "connector/shared/row_document.h"

#include <algorithm>
#include <array>

#include "record/value_json.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Other fields of a row become metadata up to these: enough to filter by, not a second text.
constexpr std::size_t kMetadataFieldsMax = 64, kMetadataBytesMax = 1024;

// Paragraphs: ranges of the text between blank lines, without white space at their ends.
std::vector<ByteRange> split_paragraphs(std::string_view text) {
  std::vector<ByteRange> ranges;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  std::size_t start = std::string_view::npos, end = 0, at = 0;
  while (at < text.size()) {
    const std::size_t found = text.find('\n', at);
    const std::size_t line_end = found == std::string_view::npos ? text.size() : found;
    std::size_t first = at, last = line_end;
    while (first < last && is_blank(text[first])) ++first;
    while (last > first && is_blank(text[last - 1])) --last;
    if (first < last) {
      if (start == std::string_view::npos) start = first;
      end = last;
    } else if (start != std::string_view::npos) {
      ranges.push_back({start, end});
      start = std::string_view::npos;
    }
    at = line_end + 1;
  }
  if (start != std::string_view::npos) ranges.push_back({start, end});
  return ranges;
}

std::string as_text(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  std::string written;
  append_json(written, value);
  return written;
}

void add_metadata(const Fields& row, const RowFields& fields, Document& document) {
  const std::array<std::string_view, 3> taken = {fields.id, fields.text, fields.title};
  for (const auto& [name, value] : row) {
    if (document.metadata.size() >= kMetadataFieldsMax) return;
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    if (value.is_null() || value.list() != nullptr || value.map() != nullptr) continue;
    const std::string text = as_text(value);
    if (text.size() <= kMetadataBytesMax) document.metadata.emplace_back(name, nfc(text));
  }
}

std::string all_fields(const Fields& row) {
  std::string text;
  for (const auto& [name, value] : row) {
    if (!value.is_null()) text += name + ": " + as_text(value) + "\n";
  }
  return text;
}

}  // namespace

Result<std::string> row_key(const Fields& row, const std::string& id) {
  const Value* value = find_field(row, id);
  if (value == nullptr) return Error(Code::invalid_argument, "the field `" + id + "` (id) is missing");
  const bool number = std::holds_alternative<std::int64_t>(*value) || std::holds_alternative<double>(*value);
  if (number || (value->text() != nullptr && !value->text()->empty())) return as_text(*value);
  return Error(Code::invalid_argument, "the field `" + id + "` (id) must be a text or a number");
}

Result<Document> row_document(const Fields& row, const RowFields& fields, std::string_view format) {
  const Value joined = fields.text.empty() ? Value(all_fields(row)) : Value();
  const Value* text = fields.text.empty() ? &joined : find_field(row, fields.text);
  if (text == nullptr || text->text() == nullptr) {
    return Error(Code::invalid_argument, "the field `" + fields.text + "` (text) is missing or no text");
  }
  Document document;
  document.format = format;
  const Value* title = find_field(row, fields.title);
  if (title != nullptr && title->text() != nullptr) document.title = fold_white_space(nfc(*title->text()));
  std::vector<std::string> path;
  if (!document.title.empty()) {
    Block heading;
    heading.kind = BlockKind::heading;
    heading.level = 1;
    heading.text = document.title;
    document.blocks.push_back(std::move(heading));
    path.push_back(document.title);
  }
  const std::string& whole = *text->text();
  for (const ByteRange& range : split_paragraphs(whole)) {
    Block block;
    block.text = nfc(std::string_view(whole).substr(range.start, range.end - range.start));
    block.heading_path = path;
    block.locator.bytes = range;
    document.blocks.push_back(std::move(block));
  }
  if (document.blocks.empty()) document.warnings.emplace_back("the row has no text");
  add_metadata(row, fields, document);
  return document;
}

Result<Document> json_row_document(const ItemContent& content, const RowFields& fields, std::string_view format) {
  const Fields row = NARU_TRY(fields_from_json(content.bytes, LargeNumbers::as_text));
  Document document = NARU_TRY(row_document(row, fields, format));
  document.uri = content.item.key;
  return document;
}

Result<Row> json_row(const ItemContent& content) { return Row{NARU_TRY(fields_from_json(content.bytes)), {}}; }

}  // namespace naru
