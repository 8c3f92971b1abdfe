#include "connector/shared/sql_records.h"

#include <fmt/format.h>

#include "base/json.h"
#include "connector/shared/record_json.h"
#include "connector/shared/row_document.h"
#include "record/json.h"
#include "record/value_json.h"

namespace naru {

namespace {

Value text(std::string_view value) { return Value(std::string(value)); }

Value json_value(const Json& json) {
  Result<Fields> fields = fields_from_json("{\"v\":" + to_line(json) + "}", LargeNumbers::as_text);
  return fields ? std::move((*fields)[0].value) : Value();
}

Value list_of(const std::vector<std::string>& texts) {
  ValueList list;
  for (const std::string& one : texts) list.emplace_back(one);
  return Value(std::move(list));
}

void add_label(const Label& label, Fields& fields) {
  fields.push_back({std::string(kAccessColumn), list_of(label.access)});
  fields.push_back({"trust", text(trust_name(label.trust))});
}

SqlRecord document_record(const DocumentUpsert& upsert) {
  const Document& document = upsert.document;
  Fields fields = {{"id", text(upsert.item.key)},           {"title", text(document.title)},
                   {"language", text(document.language)},   {"format", text(document.format)},
                   {"version", text(upsert.version.hex())}, {"metadata", json_value(metadata_json(document.metadata))}};
  add_label(upsert.label, fields);
  fields.push_back({"text", Value(document_text(document))});
  return {upsert.item.key, std::move(fields)};
}

SqlRecord passage_record(const DocumentUpsert& upsert, std::size_t n) {
  const Document& document = upsert.document;
  const Chunk& chunk = upsert.chunks[n];
  Fields fields = {{"id", text(chunk.id.hex())},
                   {"doc", text(upsert.item.key)},
                   {"n", Value(static_cast<std::int64_t>(n))},
                   {"title", text(document.title)},
                   {"language", text(document.language)},
                   {std::string(kHeadingPathColumn), list_of(chunk.heading_path)},
                   {"locator", json_value(locator_to_json(chunk.locator))},
                   {"version", text(upsert.version.hex())},
                   {"metadata", json_value(metadata_json(document.metadata))}};
  add_label(upsert.label, fields);
  fields.push_back({"text", text(chunk.text)});
  if (n < upsert.vectors.size()) {
    fields.push_back({std::string(kVectorColumn), Value(fmt::format("[{}]", fmt::join(upsert.vectors[n], ",")))});
  }
  return {chunk.id.hex(), std::move(fields)};
}

}  // namespace

Result<std::vector<SqlRecord>> sql_records_of(const DocumentUpsert& upsert, PayloadKind takes, const std::string& key) {
  std::vector<SqlRecord> records;
  if (takes == PayloadKind::document) records.push_back(document_record(upsert));
  if (takes == PayloadKind::chunk) {
    for (std::size_t n = 0; n < upsert.chunks.size(); ++n) records.push_back(passage_record(upsert, n));
  }
  if (takes != PayloadKind::row) return records;
  for (const Row& row : upsert.rows) {
    std::string id = NARU_TRY_AT(row_key(row.fields, key), fmt::format("a row of \"{}\"", upsert.item.key));
    records.push_back({std::move(id), row.fields});
  }
  return records;
}

}  // namespace naru
