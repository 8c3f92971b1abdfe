// Value: what a field of a row holds: what JSON can say, with whole numbers apart from others. Fields keep the order in
// which they came.
//
// Plain values; any thread. Depth and size are limited where they come in (record/value_json.h); what walks a value may
// recurse. Texts are UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace naru {

struct Value;
struct NamedValue;
using ValueList = std::vector<Value>;
using Fields = std::vector<NamedValue>;  // no name twice

// std::monostate is JSON's null.
struct Value : std::variant<std::monostate, bool, std::int64_t, double, std::string, ValueList, Fields> {
  using variant::variant;

  bool is_null() const { return index() == 0; }
  const std::string* text() const { return std::get_if<std::string>(this); }  // null: it is none
  const ValueList* list() const { return std::get_if<ValueList>(this); }
  const Fields* map() const { return std::get_if<Fields>(this); }
};

struct NamedValue {
  std::string name;
  Value value;
};

bool operator==(const NamedValue& a, const NamedValue& b);

const Value* find_field(const Fields& fields, std::string_view name);  // null: there is none
void set_field(Fields& fields, std::string_view name, Value value);    // in its place, or at the end
bool remove_field(Fields& fields, std::string_view name);              // false: there was none

}  // namespace naru
