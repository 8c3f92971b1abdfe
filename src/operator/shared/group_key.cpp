#include "operator/shared/group_key.h"

#include <algorithm>
#include <compare>

#include "naru/id.h"
#include "operator/shared/step_options.h"
#include "record/value_json.h"

namespace naru {

namespace {

constexpr std::size_t kGroupBytesMax = 512;

// Null, booleans, numbers, texts, lists, maps.
int rank_of(const Value* value) {
  if (value == nullptr || value->is_null()) return 0;
  if (std::holds_alternative<bool>(*value)) return 1;
  if (std::holds_alternative<std::int64_t>(*value) || std::holds_alternative<double>(*value)) return 2;
  if (value->text() != nullptr) return 3;
  return value->list() != nullptr ? 4 : 5;
}

int sign(std::partial_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

// Whole numbers beyond 2^53 are compared as what they are where both are whole.
int compare_numbers(const Value& a, const Value& b) {
  const auto *whole_a = std::get_if<std::int64_t>(&a), *whole_b = std::get_if<std::int64_t>(&b);
  if (whole_a != nullptr && whole_b != nullptr) return sign(*whole_a <=> *whole_b);
  const auto as_double = [](const Value& value) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  };
  return sign(as_double(a) <=> as_double(b));
}

std::string json_of(const Value& value) {
  std::string text;
  append_json(text, value);
  return text;
}

// Maps with their names in order, so that the order in which they were written counts for nothing.
Value in_order(const Value& value) {
  if (const ValueList* list = value.list()) {
    ValueList sorted;
    for (const Value& one : *list) sorted.push_back(in_order(one));
    return Value(std::move(sorted));
  }
  const Fields* map = value.map();
  if (map == nullptr) return value;
  Fields sorted;
  for (const NamedValue& field : *map) sorted.push_back({field.name, in_order(field.value)});
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return Value(std::move(sorted));
}

}  // namespace

std::string group_key(const Row& row, const std::vector<std::string>& fields) {
  ValueList values;
  for (const std::string& field : fields) {
    const Value* value = row_field(row, field);
    values.push_back(value == nullptr ? Value() : in_order(*value));
  }
  std::string key = json_of(Value(std::move(values)));
  return key.size() <= kGroupBytesMax ? key : hash128(key).hex();
}

std::string group_of_row(const Row& row) { return hash128(json_of(in_order(Value(row.fields)))).hex(); }

const Value* row_field(const Row& row, std::string_view name) {
  const Value* whole = find_field(row.fields, name);  // a name with a dot in it
  if (whole != nullptr) return whole;
  const Fields* fields = &row.fields;
  while (fields != nullptr) {
    const std::size_t dot = name.find('.');
    const Value* value = find_field(*fields, name.substr(0, dot));
    if (value == nullptr || dot == std::string_view::npos) return value;
    fields = value->map();
    name.remove_prefix(dot + 1);
  }
  return nullptr;
}

int compare_values(const Value* a, const Value* b) {
  const int rank = rank_of(a), other = rank_of(b);
  if (rank != other || rank == 0) return rank - other;
  if (rank == 1) return static_cast<int>(std::get<bool>(*a)) - static_cast<int>(std::get<bool>(*b));
  if (rank == 2) return compare_numbers(*a, *b);
  if (rank == 3) return a->text()->compare(*b->text());
  return json_of(in_order(*a)).compare(json_of(in_order(*b)));
}

OptionSpec group_fields_option() {
  return needed_option("key", OptionType::text_list, "The fields by whose values rows come together.");
}

}  // namespace naru
