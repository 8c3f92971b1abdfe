#include "config/yaml_value.h"

#include <charconv>

namespace naru {

namespace {

template <class Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Value scalar(const YamlNode& node) {
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (node.text == "null" || node.text == "~") return {};
  if (std::int64_t whole = 0; read_number(node.text, whole)) return whole;
  if (double number = 0; node.text.find_first_of("0123456789") != std::string::npos && read_number(node.text, number)) {
    return number;
  }
  return node.text;
}

}  // namespace

Value value_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return {};
    case YamlNode::Kind::scalar:
      return scalar(node);
    case YamlNode::Kind::list: {
      ValueList list;
      for (const YamlNode& item : node.items) list.push_back(value_of(item));
      return list;
    }
    case YamlNode::Kind::map:
      return fields_of(node);
  }
  return {};
}

Fields fields_of(const YamlNode& map) {
  Fields fields;
  for (const auto& [key, value] : map.fields) set_field(fields, key.text, value_of(value));
  return fields;
}

}  // namespace naru
