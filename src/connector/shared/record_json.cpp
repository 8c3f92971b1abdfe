#include "connector/shared/record_json.h"

#include "record/json.h"
#include "record/value_json.h"

namespace naru {

namespace {

void add_label(const Label& label, Json& line) {
  if (!label.access.empty()) line["access"] = label.access;
  line["trust"] = trust_name(label.trust);
}

}  // namespace

std::string_view trust_name(Trust trust) {
  switch (trust) {
    case Trust::user: return "user";
    case Trust::tenant: return "tenant";
    case Trust::external: return "external";
  }
  return "external";
}

Json metadata_json(const Metadata& metadata) {
  Json json = Json::object();
  for (const auto& [name, value] : metadata) {
    Json& values = json[name];
    if (values.is_null()) values = Json::array();
    values.push_back(value);
  }
  return json;
}

Json document_json(const DocumentUpsert& upsert) {
  const Document& document = upsert.document;
  Json line = {{"id", upsert.item.key},
               {"title", document.title},
               {"language", document.language},
               {"format", document.format},
               {"version", upsert.version.hex()},
               {"metadata", metadata_json(document.metadata)}};
  add_label(upsert.label, line);
  line["text"] = document_text(document);
  return line;
}

Json chunk_json(const DocumentUpsert& upsert, std::size_t n) {
  const Chunk& chunk = upsert.chunks[n];
  Json line = {{"id", chunk.id.hex()},
               {"doc", upsert.item.key},
               {"n", n},
               {"title", upsert.document.title},
               {"language", upsert.document.language},
               {"heading_path", chunk.heading_path},
               {"locator", locator_to_json(chunk.locator)},
               {"version", upsert.version.hex()}};
  add_label(upsert.label, line);
  line["text"] = chunk.text;
  return line;
}

JsonLinesOf json_lines_of(const DocumentUpsert& upsert, PayloadKind takes) {
  JsonLinesOf lines;
  if (takes == PayloadKind::document) {
    lines.bytes = to_line(document_json(upsert)) + "\n";
    lines.records = 1;
    return lines;
  }
  for (std::size_t n = 0; n < upsert.chunks.size(); ++n) lines.bytes += to_line(chunk_json(upsert, n)) + "\n";
  for (const Row& row : upsert.rows) {
    append_json(lines.bytes, row.fields);
    lines.bytes += '\n';
  }
  lines.records = upsert.chunks.size() + upsert.rows.size();
  return lines;
}

}  // namespace naru
