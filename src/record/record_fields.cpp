#include "record/record_fields.h"

#include <fmt/format.h>

#include <charconv>

#include "record/value_json.h"

namespace naru {

namespace {

constexpr std::string_view kMeta = "meta.";

const Value* inside(const Value& value, std::string_view path);

// "a.b" is a field of that very name, or what is inside "a".
const Value* find_path(const Fields& fields, std::string_view path) {
  if (const Value* value = find_field(fields, path)) return value;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const Value* outer = find_field(fields, path.substr(0, dot));
    if (outer == nullptr) continue;
    if (const Value* value = inside(*outer, path.substr(dot + 1))) return value;
  }
  return nullptr;
}

const Value* inside(const Value& value, std::string_view path) {
  if (const Fields* fields = value.map()) return find_path(*fields, path);
  const ValueList* list = value.list();
  if (list == nullptr) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
  if (error != std::errc() || index >= list->size()) return nullptr;
  if (end == path.data() + path.size()) return &(*list)[index];
  return *end == '.' ? inside((*list)[index], path.substr(static_cast<std::size_t>(end - path.data()) + 1)) : nullptr;
}

const Value* put(Value& room, Value value) {
  room = std::move(value);
  return &room;
}

const Value* put_text(Value& room, const std::string& text) {
  return text.empty() ? nullptr : put(room, Value(text));
}

const Value* read_metadata(const Metadata& metadata, std::string_view name, Value& room) {
  ValueList values;
  for (const auto& [key, value] : metadata) {
    if (key == name) values.emplace_back(value);
  }
  if (values.empty()) return nullptr;
  return put(room, values.size() == 1 ? std::move(values.front()) : Value(std::move(values)));
}

const Value* read_document(const Document& document, std::string_view name, Value& room) {
  if (name == "title") return put_text(room, document.title);
  if (name == "language") return put_text(room, document.language);
  if (name == "format") return put_text(room, document.format);
  if (name == "text") return put(room, Value(document_text(document)));
  return name.starts_with(kMeta) ? read_metadata(document.metadata, name.substr(kMeta.size()), room) : nullptr;
}

const Value* read_chunk(const Chunk& chunk, std::string_view name, Value& room) {
  if (name == "text") return put(room, Value(chunk.text));
  if (name == "page" && chunk.locator.page) return put(room, Value(std::int64_t{*chunk.locator.page}));
  if (name != "heading_path") return nullptr;
  return put(room, Value(ValueList(chunk.heading_path.begin(), chunk.heading_path.end())));
}

Error cannot_change(std::string_view name, std::string_view of) {
  return {Code::invalid_argument, fmt::format("the field \"{}\" of {} cannot be changed", name, of)};
}

// As metadata are texts.
std::string as_text(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  std::string json;
  append_json(json, value);
  return json;
}

void set_metadata(Metadata& metadata, std::string_view name, const Value& value) {
  std::erase_if(metadata, [&](const auto& entry) { return entry.first == name; });
  if (value.is_null()) return;
  if (const ValueList* values = value.list()) {
    for (const Value& one : *values) metadata.emplace_back(name, as_text(one));
  } else {
    metadata.emplace_back(name, as_text(value));
  }
}

Status write_document(Document& document, std::string_view name, const Value& value) {
  if (name.starts_with(kMeta) && name.size() > kMeta.size()) {
    set_metadata(document.metadata, name.substr(kMeta.size()), value);
    return {};
  }
  std::string* field = name == "title" ? &document.title : name == "language" ? &document.language : nullptr;
  if (field == nullptr) return cannot_change(name, "a document");
  if (value.text() == nullptr) return Error(Code::invalid_argument, fmt::format("\"{}\" must be a text", name));
  *field = *value.text();
  return {};
}

Status write_path(Fields& fields, std::string_view path, Value value) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos || find_field(fields, path) != nullptr) {
    set_field(fields, path, std::move(value));
    return {};
  }
  const std::string_view outer = path.substr(0, dot);
  if (find_field(fields, outer) == nullptr) set_field(fields, outer, Value(Fields()));
  for (NamedValue& field : fields) {
    if (field.name != outer) continue;
    Fields* inner = std::get_if<Fields>(&field.value);
    if (inner != nullptr) return write_path(*inner, path.substr(dot + 1), std::move(value));
  }
  return Error(Code::invalid_argument, fmt::format("\"{}\" holds no fields, so there is no \"{}\" in it", outer, path));
}

void remove_path(Fields& fields, std::string_view path) {
  if (remove_field(fields, path)) return;
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return;
  for (NamedValue& field : fields) {
    Fields* inner = field.name == path.substr(0, dot) ? std::get_if<Fields>(&field.value) : nullptr;
    if (inner != nullptr) remove_path(*inner, path.substr(dot + 1));
  }
}

}  // namespace

const Value* read_field(const Record& record, std::string_view name, Value& room) {
  const Value* value = nullptr;
  if (const auto* row = std::get_if<Row>(&record.payload)) value = find_path(row->fields, name);
  if (const auto* document = std::get_if<Document>(&record.payload)) value = read_document(*document, name, room);
  if (const auto* chunk = std::get_if<Chunk>(&record.payload)) value = read_chunk(*chunk, name, room);
  if (value != nullptr) return value;
  if (name == "doc") return put_text(room, record.key);
  return name == "source" ? put_text(room, record.lineage.source) : nullptr;
}

Status write_field(Record& record, std::string_view name, Value value) {
  if (auto* row = std::get_if<Row>(&record.payload)) return write_path(row->fields, name, std::move(value));
  if (auto* document = std::get_if<Document>(&record.payload)) return write_document(*document, name, value);
  return cannot_change(name, "a passage");
}

Status remove_field(Record& record, std::string_view name) {
  if (auto* row = std::get_if<Row>(&record.payload)) {
    remove_path(row->fields, name);
    return {};
  }
  auto* document = std::get_if<Document>(&record.payload);
  if (document == nullptr) return cannot_change(name, "a passage");
  return write_document(*document, name, name.starts_with(kMeta) ? Value() : Value(std::string()));
}

std::vector<std::string> field_names(const Record& record) {
  std::vector<std::string> names;
  if (const auto* row = std::get_if<Row>(&record.payload)) {
    for (const NamedValue& field : row->fields) names.push_back(field.name);
  } else if (const auto* document = std::get_if<Document>(&record.payload)) {
    names = {"title", "language", "format", "text"};
    for (const auto& [name, value] : document->metadata) {
      std::string field(kMeta);
      field += name;
      if (std::find(names.begin(), names.end(), field) == names.end()) names.push_back(std::move(field));
    }
  } else if (std::holds_alternative<Chunk>(record.payload)) {
    names = {"text", "heading_path", "page"};
  }
  return names;
}

}  // namespace naru
