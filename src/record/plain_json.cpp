#include "record/plain_json.h"

#include <simdjson.h>

#include <unordered_set>

#include "base/json.h"

namespace naru {

namespace {

// Up to so many names a look at each of the others is faster than a set.
constexpr std::size_t kFewNames = 16;

bool stand_once(const Fields& fields) {
  if (fields.size() > kFewNames) {
    std::unordered_set<std::string_view> names;
    for (const NamedValue& field : fields) {
      if (!names.insert(field.name).second) return false;
    }
    return true;
  }
  for (std::size_t i = 1; i < fields.size(); ++i) {
    for (std::size_t first = 0; first < i; ++first) {
      if (fields[first].name == fields[i].name) return false;
    }
  }
  return true;
}

bool read(const simdjson::dom::object& object, Fields& fields, int depth);

// `depth`: objects and lists around it. False: it is not plain.
bool read(const simdjson::dom::element& element, Value& value, int depth) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::NULL_VALUE:
      return true;
    case Type::BOOL:
      value = element.get_bool().value_unsafe();
      return true;
    case Type::INT64:
      value = element.get_int64().value_unsafe();
      return true;
    case Type::DOUBLE:
      value = element.get_double().value_unsafe();
      return true;
    case Type::STRING:
      value.emplace<std::string>(element.get_string().value_unsafe());
      return true;
    case Type::OBJECT:
      return read(element.get_object().value_unsafe(), value.emplace<Fields>(), depth);
    case Type::ARRAY: {
      if (depth >= kJsonDepthMax) return false;
      const simdjson::dom::array array = element.get_array().value_unsafe();
      ValueList& list = value.emplace<ValueList>();
      list.reserve(array.size());
      for (const simdjson::dom::element one : array) {
        if (!read(one, list.emplace_back(), depth + 1)) return false;
      }
      return true;
    }
    default:  // UINT64: a number above what a Value holds
      return false;
  }
}

bool read(const simdjson::dom::object& object, Fields& fields, int depth) {
  if (depth >= kJsonDepthMax) return false;
  fields.reserve(object.size());
  for (const simdjson::dom::key_value_pair field : object) {
    NamedValue& named = fields.emplace_back();
    named.name = field.key;
    if (!read(field.value, named.value, depth + 1)) return false;
  }
  return stand_once(fields);
}

}  // namespace

std::optional<Fields> read_plain_json(std::string_view text) {
  if (text.empty() || text.size() > kPlainJsonBytes) return std::nullopt;
  thread_local simdjson::dom::parser parser(kPlainJsonBytes);
  const simdjson::simdjson_result<simdjson::dom::element> parsed = parser.parse(text.data(), text.size());
  if (parsed.error() != simdjson::SUCCESS) return std::nullopt;
  const simdjson::simdjson_result<simdjson::dom::object> object = parsed.get_object();
  if (object.error() != simdjson::SUCCESS) return std::nullopt;
  Fields fields;
  if (!read(object.value_unsafe(), fields, 0)) return std::nullopt;
  return fields;
}

}  // namespace naru
