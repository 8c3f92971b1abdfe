#include "naru/value.h"

#include <algorithm>

namespace naru {

namespace {

auto place_of(auto& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const NamedValue& field) { return field.name == name; });
}

}  // namespace

bool operator==(const NamedValue& a, const NamedValue& b) { return a.name == b.name && a.value == b.value; }

const Value* find_field(const Fields& fields, std::string_view name) {
  const auto at = place_of(fields, name);
  return at == fields.end() ? nullptr : &at->value;
}

void set_field(Fields& fields, std::string_view name, Value value) {
  const auto at = place_of(fields, name);
  if (at != fields.end()) {
    at->value = std::move(value);
  } else {
    fields.push_back({std::string(name), std::move(value)});
  }
}

bool remove_field(Fields& fields, std::string_view name) {
  const auto at = place_of(fields, name);
  if (at == fields.end()) return false;
  fields.erase(at);
  return true;
}

}  // namespace naru
