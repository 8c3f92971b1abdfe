#include "model/json_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max();  // the height of what has no finite value

bool is_digit_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

unsigned number_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
}

// As the grammar writes dates: none that February has only in some years.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!is_digit_text(text.substr(0, 4)) || !is_digit_text(text.substr(5, 2)) || !is_digit_text(text.substr(8))) {
    return false;
  }
  const unsigned month = number_at(text, 5), day = number_at(text, 8);
  const unsigned most = month == 2 ? 28 : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  return month >= 1 && month <= 12 && day >= 1 && day <= most;
}

bool is_time(std::string_view text) {
  return text.size() == 9 && text[2] == ':' && text[5] == ':' && text[8] == 'Z' && is_digit_text(text.substr(0, 2)) &&
         is_digit_text(text.substr(3, 2)) && is_digit_text(text.substr(6, 2)) && number_at(text, 0) < 24 &&
         number_at(text, 3) < 60 && number_at(text, 6) < 60;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    const bool hex = (text[at] >= '0' && text[at] <= '9') || (text[at] >= 'a' && text[at] <= 'f');
    if (dash ? text[at] != '-' : !hex) return false;
  }
  return true;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

}  // namespace

bool JsonShape::admits(const Json& value) const { return admits(root_, value); }

bool JsonShape::admits_string(const Node& node, const std::string& text) const {
  switch (node.format) {
    case Format::date: return is_date(text);
    case Format::time: return is_time(text);
    case Format::date_time:
      return text.size() == 20 && text[10] == 'T' && is_date(text.substr(0, 10)) && is_time(text.substr(11));
    case Format::uuid: return is_uuid(text);
    case Format::none: break;
  }
  const std::size_t length = code_points(text);
  return length >= node.least && (!node.most || length <= *node.most);
}

bool JsonShape::admits(std::size_t index, const Json& value) const {
  const Node& node = nodes_[index];
  switch (node.kind) {
    case Kind::any: return true;
    case Kind::null: return value.is_null();
    case Kind::boolean: return value.is_boolean();
    case Kind::literal: return value == node.literal;
    case Kind::string: return value.is_string() && admits_string(node, value.get_ref<const std::string&>());
    case Kind::integer:
    case Kind::number: {
      if (!value.is_number()) return false;
      const double number = value.get<double>();
      if (node.kind == Kind::integer && std::trunc(number) != number) return false;
      if (node.lower && (number < static_cast<double>(*node.lower) ||
                         (node.above_lower && number == static_cast<double>(*node.lower)))) {
        return false;
      }
      return !node.upper || number < static_cast<double>(*node.upper) ||
             (!node.below_upper && number == static_cast<double>(*node.upper));
    }
    case Kind::array: {
      if (!value.is_array() || value.size() < node.least || (node.most && value.size() > *node.most)) return false;
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i >= node.nodes.size() && !node.rest) return false;
        if (!admits(i < node.nodes.size() ? node.nodes[i] : *node.rest, value[i])) return false;
      }
      return true;
    }
    case Kind::object: {
      if (!value.is_object()) return false;
      std::size_t known = 0;
      for (const Property& property : node.properties) {
        const auto found = value.find(property.name);
        if (found == value.end()) {
          if (property.required) return false;
          continue;
        }
        ++known;
        if (!admits(property.node, *found)) return false;
      }
      return known == value.size();
    }
    case Kind::map: {
      if (!value.is_object() || value.size() < node.least || (node.most && value.size() > *node.most)) return false;
      return std::all_of(value.begin(), value.end(), [&](const Json& each) { return admits(*node.rest, each); });
    }
    case Kind::choice:
      return std::any_of(node.nodes.begin(), node.nodes.end(), [&](std::size_t one) { return admits(one, value); });
  }
  return false;
}

// Grows from the leaves: a node that has no height after as many rounds as there are nodes has no finite value.
std::vector<std::size_t> JsonShape::heights() const {
  std::vector<std::size_t> heights(nodes_.size(), kEndless);
  const auto above = [](std::size_t height) { return height == kEndless ? kEndless : height + 1; };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      std::size_t height = 0;
      if (node.kind == Kind::choice) {
        height = kEndless;
        for (const std::size_t one : node.nodes) height = std::min(height, heights[one]);
      } else if (node.kind == Kind::object) {
        for (const Property& property : node.properties) {
          if (property.required) height = std::max(height, above(heights[property.node]));
        }
      } else if (node.kind == Kind::array || node.kind == Kind::map) {
        for (std::size_t at = 0; at < node.least; ++at) {
          const std::size_t member = at < node.nodes.size() ? node.nodes[at] : *node.rest;
          height = std::max(height, above(heights[member]));
          if (at >= node.nodes.size()) break;  // the further ones are alike
        }
      }
      if (height >= heights[i]) continue;
      heights[i] = height;
      changed = true;
    }
  }
  return heights;
}

Json JsonShape::smallest() const { return smallest(root_); }

// Nought where it may be, else what is nearest to a bound.
Json JsonShape::smallest_number(std::size_t index) const {
  const Node& node = nodes_[index];
  const std::int64_t lower = node.lower.value_or(0), upper = node.upper.value_or(0);
  for (const std::int64_t whole : {std::int64_t{0}, lower, lower + 1, upper, upper - 1}) {
    if (admits(index, whole)) return whole;
  }
  return static_cast<double>(lower) + 0.5;  // both bounds are one apart, and neither is let through
}

Json JsonShape::smallest(std::size_t index) const {
  const Node& node = nodes_[index];
  switch (node.kind) {
    case Kind::any:
    case Kind::null: return nullptr;
    case Kind::boolean: return false;
    case Kind::literal: return node.literal;
    case Kind::string:
      switch (node.format) {
        case Format::date: return "2000-01-01";
        case Format::time: return "00:00:00Z";
        case Format::date_time: return "2000-01-01T00:00:00Z";
        case Format::uuid: return "00000000-0000-0000-0000-000000000000";
        case Format::none: return std::string(node.least, 'x');
      }
      return "";
    case Kind::integer:
    case Kind::number: return smallest_number(index);
    case Kind::array: {
      Json members = Json::array();
      for (std::size_t at = 0; at < node.least; ++at) {
        members.push_back(smallest(at < node.nodes.size() ? node.nodes[at] : *node.rest));
      }
      return members;
    }
    case Kind::object: {
      Json object = Json::object();
      for (const Property& property : node.properties) {
        if (property.required) object[property.name] = smallest(property.node);
      }
      return object;
    }
    case Kind::map: {
      Json object = Json::object();
      for (std::size_t at = 0; at < node.least; ++at) object[fmt::format("key{}", at + 1)] = smallest(*node.rest);
      return object;
    }
    case Kind::choice:
      return smallest(*std::min_element(node.nodes.begin(), node.nodes.end(), [&](std::size_t a, std::size_t b) {
        return heights_[a] < heights_[b];
      }));
  }
  return nullptr;
}

}  // namespace naru
