#include "operator/shared/record_text.h"

#include "config/value_expression.h"
#include "record/record_fields.h"

namespace naru {

namespace {

std::string text_of(const Document& document) {
  std::string text;
  for (const Block& block : document.blocks) {
    if (!text.empty()) text += '\n';
    if (block.kind == BlockKind::list_item) text += "- ";
    text += block.text;
  }
  return text;
}

void add_text(std::vector<std::string>& values, const Value& value) {
  if (value.is_null() || value.list() != nullptr || value.map() != nullptr) return;
  values.push_back(value_text(value));
}

}  // namespace

std::optional<std::string> record_text(const Record& record, std::string_view field) {
  if (const Document* document = std::get_if<Document>(&record.payload)) return text_of(*document);
  if (const Chunk* chunk = std::get_if<Chunk>(&record.payload)) return chunk->text;
  Value room;
  const Value* value = read_field(record, field, room);
  if (value == nullptr || value->text() == nullptr) return std::nullopt;
  return *value->text();
}

FieldValues field_values(const Record& record) {
  return [&record](std::string_view name) {
    std::vector<std::string> values;
    Value room;
    const Value* value = read_field(record, name, room);
    if (value == nullptr) return values;
    if (const ValueList* list = value->list()) {
      for (const Value& one : *list) add_text(values, one);
    } else {
      add_text(values, *value);
    }
    return values;
  };
}

}  // namespace naru
