// csv (target): the rows, documents or passages that a flow makes, a line each under a line of names, in the order of
// the items' keys.
//
// Of rows `columns` says which fields stand there and in which order; a field that is not named is left out, as
// `select` would. Null is an empty cell, an empty text a quoted one; lists and maps are JSON. An item's lines change
// with it and go with it: the file is what a run from scratch would write, byte for byte
// (connector/shared/kept_file.h).
#include <fmt/format.h>

#include <set>

#include "connector/shared/connector_options.h"
#include "connector/shared/csv_format.h"
#include "connector/shared/kept_target.h"
#include "connector/shared/record_json.h"
#include "runtime/files.h"

namespace naru {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct Table {
  std::vector<std::string> columns;
  char delimiter = ',';
};

std::vector<std::string> columns_of(PayloadKind takes) {
  if (takes == PayloadKind::document) {
    return {"id", "title", "language", "format", "version", "metadata", "access", "trust", "text"};
  }
  return {"id", "doc", "n", "title", "language", "heading_path", "locator", "version", "access", "trust", "text"};
}

// A cell of each column, as `append` writes it.
template <class Append>
void append_line(std::string& bytes, const Table& table, const Append& append) {
  const std::size_t start = bytes.size();
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    if (n > 0) bytes += table.delimiter;
    append(table.columns[n]);
  }
  if (bytes.size() == start) bytes += "\"\"";  // of one column that is null: an empty line is no row
  bytes += '\n';
}

void append_json_line(std::string& bytes, const Table& table, const Json& record) {
  append_line(bytes, table, [&](const std::string& column) {
    const auto found = record.find(column);
    if (found == record.end() || found->is_null()) return;
    const std::string text = found->is_string() ? found->get<std::string>() : to_line(*found);
    append_cell(bytes, std::string_view(text), table.delimiter);
  });
}

void append_row(std::string& bytes, const Table& table, const Fields& fields) {
  append_line(bytes, table, [&](const std::string& column) {
    const Value* value = find_field(fields, column);
    if (value != nullptr) append_cell(bytes, *value, table.delimiter);
  });
}

std::string head_of(const Table& table, bool byte_order_mark) {
  std::string head(byte_order_mark ? kByteOrderMark : "");
  append_line(head, table, [&](const std::string& column) {
    append_cell(head, std::string_view(column), table.delimiter);
  });
  return head;
}

class CsvTarget : public KeptTarget {
 public:
  CsvTarget(std::string path, const TargetContext& context, Table table, bool byte_order_mark)
      : KeptTarget(std::move(path), context, head_of(table, byte_order_mark)), table_(std::move(table)) {}

 protected:
  void write_records(const DocumentUpsert& upsert, PayloadKind takes, KeptFile::Change& change) const override {
    if (takes == PayloadKind::document) {
      append_json_line(change.bytes, table_, document_json(upsert));
      change.records = 1;
      return;
    }
    for (std::size_t n = 0; n < upsert.chunks.size(); ++n) {
      append_json_line(change.bytes, table_, chunk_json(upsert, n));
    }
    for (const Row& row : upsert.rows) append_row(change.bytes, table_, row.fields);
    change.records = upsert.chunks.size() + upsert.rows.size();
  }

 private:
  const Table table_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "csv";
  descriptor.summary = "Rows, documents or passages as the lines of a CSV or TSV file, kept equal to the source.";
  descriptor.options = {
      text_option("path", "The file; relative paths start at the configuration file. PATH.naru beside it is the flow's "
                          "memory."),
      list_option("columns", "The fields that are written, in this order; of documents and passages all, unless said."),
      text_option("delimiter", "What stands between cells: one character or tab; auto: tab in .tsv, else a comma.",
                  "auto"),
      flag_option("byte_order_mark", "Begins the file with one: some spreadsheets know UTF-8 by it.", false),
  };
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"csv: {path: prices.csv, columns: [code, name, price]}",
                         "csv: {path: passages.tsv, columns: [doc, text], byte_order_mark: true}"};
  descriptor.guarantee = "each item exactly once: readers see the file of the last run or of this one, and the bytes "
                         "are those of a run from scratch";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_csv(const Options& options, const TargetContext& context) {
  std::string path = NARU_TRY(file_to_write(options, "path"));
  const std::string extension = file_extension(path);
  Table table;
  table.delimiter = NARU_TRY(delimiter_of(options, extension == "tsv" || extension == "tab" ? '\t' : ','));
  table.columns = options.list("columns");
  std::set<std::string> seen;
  for (const std::string& column : table.columns) {
    if (column.empty() || !seen.insert(column).second) {
      return Error(Code::invalid_argument,
                   fmt::format("{}: `columns` has \"{}\" {}", options.place.text(), column,
                               column.empty() ? "as a name" : "twice"));
    }
  }
  if (table.columns.empty() && context.takes == PayloadKind::row) {
    return Error(Code::invalid_argument, fmt::format("{}: rows need `columns`: which fields, in which order",
                                                     options.place.text()));
  }
  if (table.columns.empty()) table.columns = columns_of(context.takes);
  return std::unique_ptr<Target>(std::make_unique<CsvTarget>(std::move(path), context, std::move(table),
                                                             options.boolean("byte_order_mark")));
}

}  // namespace

void register_csv_target(Registry& registry) { registry.add_target(describe(), make_csv); }

}  // namespace naru
