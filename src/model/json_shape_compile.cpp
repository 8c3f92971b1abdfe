// From a schema to a JsonShape: what each keyword means, and which of them no grammar can promise.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "model/json_shape.h"

namespace naru {

namespace {

constexpr std::int64_t kBoundMax = 999'999'999'999'999;  // 15 digits: a double holds every one of them

constexpr const char* kNoSchema = "a schema is an object, true or false";

// What says nothing of which values are valid.
constexpr std::array kNotes = {"title",      "description", "default",          "examples",         "$schema",
                               "$id",        "$comment",    "$anchor",          "readOnly",         "writeOnly",
                               "deprecated", "definitions", "$defs",            "contentMediaType", "contentEncoding",
                               "id",         "$vocabulary", "contentSchema"};
// What no grammar of ours promises.
constexpr std::array kRefused = {"not",          "if",
                                 "then",         "else",
                                 "pattern",      "patternProperties",
                                 "propertyNames", "dependencies",
                                 "dependentRequired", "dependentSchemas",
                                 "contains",     "minContains",
                                 "maxContains",  "multipleOf",
                                 "unevaluatedItems", "unevaluatedProperties",
                                 "$dynamicRef",  "$recursiveRef"};
constexpr std::array kObjectWords = {"properties", "required", "additionalProperties", "minProperties",
                                     "maxProperties"};
constexpr std::array kArrayWords = {"items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"};
constexpr std::array kStringWords = {"minLength", "maxLength", "format"};
constexpr std::array kNumberWords = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"};

template <class Words>
bool has_any(const Json& schema, const Words& words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return schema.contains(word); });
}

// A key as it stands in a JSON pointer, RFC 6901.
std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

Error at(Code code, const std::string& place, const std::string& what) {
  return {code, fmt::format("the schema at {}: {}", place.empty() ? "its top" : place, what)};
}

}  // namespace

class ShapeCompiler {
 public:
  explicit ShapeCompiler(const Json& schema) : top_(schema) {}

  Result<JsonShape> compile() {
    shape_.root_ = NARU_TRY(node_of(top_, ""));
    shape_.heights_ = shape_.heights();
    if (shape_.heights_[shape_.root_] == std::numeric_limits<std::size_t>::max()) {
      return at(Code::invalid_argument, "", "no finite value meets it");
    }
    drop_endless();
    return std::move(shape_);
  }

 private:
  using Kind = JsonShape::Kind;
  using Node = JsonShape::Node;

  Result<std::size_t> node_of(const Json& schema, const std::string& place);
  Result<std::size_t> add(Node node, const std::string& place);
  Result<std::size_t> of_reference(const Json& schema, const std::string& place);
  Result<std::size_t> of_alternatives(const Json& schema, const char* word, const std::string& place);
  Result<std::size_t> of_all(const Json& schema, const std::string& place);
  Result<std::size_t> of_values(const Json& schema, const Json& values, const std::string& place);
  Result<std::size_t> of_types(const Json& schema, const std::string& place);
  Result<std::size_t> of_type(const Json& schema, const std::string& type, const std::string& place);
  Result<std::size_t> of_object(const Json& schema, const std::string& place);
  Result<std::size_t> of_array(const Json& schema, const std::string& place);
  Result<std::size_t> of_string(const Json& schema, const std::string& place);
  Result<std::size_t> of_number(const Json& schema, bool whole, const std::string& place);
  Result<Json> merged(const Json& a, const Json& b, const std::string& place);
  Result<std::optional<std::uint64_t>> count_of(const Json& schema, const char* word, const std::string& place);
  bool disjoint(std::size_t a, std::size_t b) const;
  std::string type_of(std::size_t node) const;
  void drop_endless();

  const Json& top_;
  JsonShape shape_;
  std::map<std::string, std::size_t> references_;  // by pointer: a schema that names itself is one node
  std::set<std::string> open_;  // references that were followed since the last object or array began
};

Result<JsonShape> JsonShape::compile(const Json& schema) { return ShapeCompiler(schema).compile(); }

Result<std::size_t> ShapeCompiler::add(Node node, const std::string& place) {
  if (shape_.nodes_.size() >= kShapeNodesMax) {
    return at(Code::unsupported, place, fmt::format("it has more than {} parts", kShapeNodesMax));
  }
  shape_.nodes_.push_back(std::move(node));
  return shape_.nodes_.size() - 1;
}

Result<std::size_t> ShapeCompiler::node_of(const Json& schema, const std::string& place) {
  if (schema.is_boolean()) {
    if (schema.get<bool>()) return add({.kind = Kind::any}, place);
    return at(Code::invalid_argument, place, "no value meets it");
  }
  if (!schema.is_object()) return at(Code::invalid_argument, place, kNoSchema);
  for (const char* word : kRefused) {
    if (schema.contains(word)) {
      return at(Code::unsupported, place,
                fmt::format("\"{}\" cannot be promised while a model writes; leave it out and check the answer", word));
    }
  }
  if (schema.contains("$ref")) return of_reference(schema, place);
  if (schema.contains("allOf")) return of_all(schema, place);
  if (schema.contains("anyOf")) return of_alternatives(schema, "anyOf", place);
  if (schema.contains("oneOf")) return of_alternatives(schema, "oneOf", place);
  if (schema.contains("const")) return of_values(schema, Json::array({schema["const"]}), place);
  if (schema.contains("enum")) return of_values(schema, schema["enum"], place);
  return of_types(schema, place);
}

// What stands beside a $ref counts too, as in 2020-12; by draft 7 it does not, and then less is let through.
Result<std::size_t> ShapeCompiler::of_reference(const Json& schema, const std::string& place) {
  if (!schema["$ref"].is_string()) return at(Code::invalid_argument, place, "\"$ref\" is a text");
  const std::string reference = schema["$ref"].get<std::string>();
  if (reference != "#" && !reference.starts_with("#/")) {
    return at(Code::unsupported, place, fmt::format("\"$ref\": \"{}\" leads out of the schema", reference));
  }
  const Json* target = nullptr;
  try {
    target = &top_.at(Json::json_pointer(reference.substr(1)));
  } catch (const Json::exception&) {
    return at(Code::invalid_argument, place, fmt::format("\"$ref\": \"{}\" leads nowhere", reference));
  }
  Json beside = schema;
  beside.erase("$ref");
  for (const char* note : kNotes) beside.erase(note);
  if (!open_.insert(reference).second) {
    return at(Code::invalid_argument, place, fmt::format("\"{}\" is defined by itself alone", reference));
  }
  if (!beside.empty()) {
    const Json both = NARU_TRY(merged(*target, beside, place));
    auto node = node_of(both, place);
    open_.erase(reference);
    return node;
  }
  if (const auto known = references_.find(reference); known != references_.end()) {
    open_.erase(reference);
    return known->second;
  }
  // A node of its own that leads on, known before what it leads to: so a schema may hold itself.
  const std::size_t entry = NARU_TRY(add({.kind = Kind::choice}, place));
  references_.emplace(reference, entry);
  auto node = node_of(*target, reference == "#" ? "" : reference.substr(1));
  open_.erase(reference);
  if (!node) return node;
  shape_.nodes_[entry].nodes = {*node};
  return entry;
}

// Both at once, where that is plain: words that only one of them has, properties side by side, all that is required.
Result<Json> ShapeCompiler::merged(const Json& a, const Json& b, const std::string& place) {
  if (a.is_boolean()) return a.get<bool>() ? b : a;
  if (b.is_boolean()) return b.get<bool>() ? a : b;
  if (!a.is_object() || !b.is_object()) return at(Code::invalid_argument, place, kNoSchema);
  for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (one->contains("additionalProperties") && !(*one)["additionalProperties"].is_boolean() &&
        has_any(*other, std::array{"properties", "additionalProperties"})) {
      return at(Code::unsupported, place, "\"additionalProperties\" beside another part's properties");
    }
    if (one->value("additionalProperties", Json(true)) == Json(false) && other->contains("properties") &&
        other->value("additionalProperties", Json(true)) != Json(false)) {
      return at(Code::unsupported, place, "\"additionalProperties\": false beside another part's properties");
    }
  }
  Json both = a;
  for (const auto& [word, value] : b.items()) {
    const bool note = std::find(kNotes.begin(), kNotes.end(), word) != kNotes.end();
    if (!both.contains(word) || note || both[word] == value) {
      if (!both.contains(word)) both[word] = value;
      continue;
    }
    if (word == "required" && both[word].is_array() && value.is_array()) {
      both[word].insert(both[word].end(), value.begin(), value.end());
      continue;
    }
    if (word == "properties" && both[word].is_object() && value.is_object()) {
      for (const auto& [name, property] : value.items()) {
        if (!both[word].contains(name)) {
          both[word][name] = property;
        } else if (both[word][name] != property) {
          both[word][name] = NARU_TRY(merged(both[word][name], property, place + "/properties" + pointer_step(name)));
        }
      }
      continue;
    }
    return at(Code::unsupported, place, fmt::format("two parts that both say \"{}\"", word));
  }
  return both;
}

Result<std::size_t> ShapeCompiler::of_all(const Json& schema, const std::string& place) {
  if (!schema["allOf"].is_array()) return at(Code::invalid_argument, place, "\"allOf\" is a list");
  Json all = schema;
  all.erase("allOf");
  for (const Json& part : schema["allOf"]) all = NARU_TRY(merged(all, part, place));
  return node_of(all, place);
}

// oneOf means exactly one: the alternatives must differ in type, or in the value of a property that both require.
Result<std::size_t> ShapeCompiler::of_alternatives(const Json& schema, const char* word, const std::string& place) {
  if (!schema[word].is_array() || schema[word].empty()) {
    return at(Code::invalid_argument, place, fmt::format("\"{}\" is a list of schemas", word));
  }
  Json beside = schema;
  beside.erase(word);
  for (const char* note : kNotes) beside.erase(note);
  Node choice{.kind = Kind::choice};
  std::size_t number = 0;
  for (const Json& part : schema[word]) {
    const std::string here = fmt::format("{}/{}/{}", place, word, number++);
    if (part == Json(false)) continue;
    const Json both = beside.empty() ? part : NARU_TRY(merged(beside, part, here));
    choice.nodes.push_back(NARU_TRY(node_of(both, here)));
  }
  if (choice.nodes.empty()) return at(Code::invalid_argument, place, "no value meets it");
  if (std::string_view(word) == "oneOf") {
    for (std::size_t a = 0; a < choice.nodes.size(); ++a) {
      for (std::size_t b = a + 1; b < choice.nodes.size(); ++b) {
        if (!disjoint(choice.nodes[a], choice.nodes[b])) {
          return at(Code::unsupported, place, "alternatives of \"oneOf\" that one value may both meet; use \"anyOf\"");
        }
      }
    }
  }
  return add(std::move(choice), place);
}

// The one type of its values; empty where there are several, or where it is not yet known.
std::string ShapeCompiler::type_of(std::size_t index) const {
  const Node& node = shape_.nodes_[index];
  switch (node.kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "boolean";
    case Kind::string: return "string";
    case Kind::integer:
    case Kind::number: return "number";
    case Kind::array: return "array";
    case Kind::object:
    case Kind::map: return "object";
    case Kind::literal: return node.literal.is_number() ? "number" : node.literal.type_name();
    case Kind::any:
    case Kind::choice: break;
  }
  return "";
}

bool ShapeCompiler::disjoint(std::size_t a, std::size_t b) const {
  const Node& one = shape_.nodes_[a];
  const Node& other = shape_.nodes_[b];
  const auto apart_from = [&](std::size_t whom) {
    return [this, whom](std::size_t alternative) { return disjoint(alternative, whom); };
  };
  // A choice without alternatives is a reference that is being read just now.
  if (one.kind == Kind::choice) {
    return !one.nodes.empty() && std::all_of(one.nodes.begin(), one.nodes.end(), apart_from(b));
  }
  if (other.kind == Kind::choice) {
    return !other.nodes.empty() && std::all_of(other.nodes.begin(), other.nodes.end(), apart_from(a));
  }
  const std::string mine = type_of(a), its = type_of(b);
  if (!mine.empty() && !its.empty() && mine != its) return true;
  if (one.kind == Kind::literal && other.kind == Kind::literal) return one.literal != other.literal;
  if (one.kind != Kind::object || other.kind != Kind::object) return false;
  for (const JsonShape::Property& left : one.properties) {
    for (const JsonShape::Property& right : other.properties) {
      if (left.name != right.name || !left.required || !right.required) continue;
      if (shape_.nodes_[left.node].kind != Kind::literal || shape_.nodes_[right.node].kind != Kind::literal) continue;
      if (shape_.nodes_[left.node].literal != shape_.nodes_[right.node].literal) return true;
    }
  }
  return false;
}

// Those of the values that the rest of the schema lets through.
Result<std::size_t> ShapeCompiler::of_values(const Json& schema, const Json& values, const std::string& place) {
  if (!values.is_array()) return at(Code::invalid_argument, place, "\"enum\" is a list");
  Json rest = schema;
  if (rest.contains("const") && rest.contains("enum") &&
      std::find(rest["enum"].begin(), rest["enum"].end(), rest["const"]) == rest["enum"].end()) {
    return at(Code::invalid_argument, place, "no value meets it");
  }
  rest.erase("const");
  rest.erase("enum");
  const std::size_t filter = NARU_TRY(node_of(rest, place));
  Node choice{.kind = Kind::choice};
  for (const Json& value : values) {
    if (!shape_.admits(filter, value)) continue;
    choice.nodes.push_back(NARU_TRY(add({.kind = Kind::literal, .literal = value}, place)));
  }
  if (choice.nodes.empty()) return at(Code::invalid_argument, place, "no value meets it");
  return choice.nodes.size() == 1 ? Result<std::size_t>(choice.nodes.front()) : add(std::move(choice), place);
}

Result<std::size_t> ShapeCompiler::of_types(const Json& schema, const std::string& place) {
  std::vector<std::string> types;
  if (schema.contains("type")) {
    const Json& type = schema["type"];
    if (type.is_string()) types.push_back(type.get<std::string>());
    for (const Json& one : type.is_array() ? type : Json::array()) {
      if (one.is_string()) types.push_back(one.get<std::string>());
    }
    if (types.empty()) return at(Code::invalid_argument, place, "\"type\" is a type or a list of types");
  } else {
    // Words about one type let every value of another type through. What is meant is that type.
    if (has_any(schema, kObjectWords)) types.emplace_back("object");
    if (has_any(schema, kArrayWords)) types.emplace_back("array");
    if (has_any(schema, kStringWords)) types.emplace_back("string");
    if (has_any(schema, kNumberWords)) types.emplace_back("number");
    if (types.empty()) return add({.kind = Kind::any}, place);
  }
  if (types.size() == 1) return of_type(schema, types.front(), place);
  Node choice{.kind = Kind::choice};
  for (const std::string& type : types) choice.nodes.push_back(NARU_TRY(of_type(schema, type, place)));
  return add(std::move(choice), place);
}

Result<std::size_t> ShapeCompiler::of_type(const Json& schema, const std::string& type, const std::string& place) {
  if (type == "null") return add({.kind = Kind::null}, place);
  if (type == "boolean") return add({.kind = Kind::boolean}, place);
  if (type == "integer") return of_number(schema, true, place);
  if (type == "number") return of_number(schema, false, place);
  if (type == "string") return of_string(schema, place);
  if (type == "array" || type == "object") {
    const std::set<std::string> outside = std::exchange(open_, {});  // a schema may hold itself inside one of these
    auto node = type == "array" ? of_array(schema, place) : of_object(schema, place);
    open_ = outside;
    return node;
  }
  return at(Code::invalid_argument, place, fmt::format("there is no type \"{}\"", type));
}

Result<std::optional<std::uint64_t>> ShapeCompiler::count_of(const Json& schema, const char* word,
                                                             const std::string& place) {
  if (!schema.contains(word)) return std::optional<std::uint64_t>();
  const Json& value = schema[word];
  const double number = value.is_number() ? value.get<double>() : -1;
  if (number < 0 || std::trunc(number) != number) {
    return at(Code::invalid_argument, place, fmt::format("\"{}\" is a whole number from 0", word));
  }
  if (number > static_cast<double>(kShapeRepeatMax)) {
    return at(Code::unsupported, place, fmt::format("\"{}\" of more than {}", word, kShapeRepeatMax));
  }
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(number));
}

Result<std::size_t> ShapeCompiler::of_object(const Json& schema, const std::string& place) {
  const Json properties = schema.value("properties", Json::object());
  const Json required = schema.value("required", Json::array());
  const Json others = schema.value("additionalProperties", Json(true));
  if (!properties.is_object()) return at(Code::invalid_argument, place, "\"properties\" is an object");
  if (!required.is_array()) return at(Code::invalid_argument, place, "\"required\" is a list");
  const auto is_required = [&](const std::string& name) {
    return std::find(required.begin(), required.end(), Json(name)) != required.end();
  };
  const std::uint64_t least = NARU_TRY(count_of(schema, "minProperties", place)).value_or(0);
  const std::optional<std::uint64_t> most = NARU_TRY(count_of(schema, "maxProperties", place));
  if (properties.empty() && required.empty() && others != Json(false)) {
    // Names may come twice, and the last one counts: so no more than one can be promised.
    if (least > 1) return at(Code::unsupported, place, "\"minProperties\" of more than 1 without \"properties\"");
    const std::size_t value = NARU_TRY(node_of(others, place + "/additionalProperties"));
    return add({.kind = Kind::map, .least = least, .most = most, .rest = value}, place);
  }
  Node object{.kind = Kind::object};
  std::size_t certain = 0;
  for (const auto& [name, property] : properties.items()) {
    const bool needed = is_required(name);
    if (property == Json(false) && !needed) continue;
    const std::size_t node = NARU_TRY(node_of(property, place + "/properties" + pointer_step(name)));
    object.properties.push_back({name, node, needed});
    certain += needed ? 1 : 0;
  }
  for (const Json& name : required) {
    if (!name.is_string()) return at(Code::invalid_argument, place, "\"required\" is a list of names");
    if (properties.contains(name.get<std::string>())) continue;
    const bool twice = std::any_of(object.properties.begin(), object.properties.end(),
                                   [&](const JsonShape::Property& one) { return one.name == name.get<std::string>(); });
    if (twice) continue;
    const std::size_t node = NARU_TRY(node_of(others, place + "/additionalProperties"));
    object.properties.push_back({name.get<std::string>(), node, true});
    ++certain;
  }
  if (least > certain || (most && *most < object.properties.size())) {
    return at(Code::unsupported, place, "\"minProperties\" or \"maxProperties\" beside properties that may be missing");
  }
  return add(std::move(object), place);
}

Result<std::size_t> ShapeCompiler::of_array(const Json& schema, const std::string& place) {
  if (schema.value("uniqueItems", Json(false)) == Json(true)) {
    return at(Code::unsupported, place,
              "\"uniqueItems\" cannot be promised while a model writes; leave it out and check the answer");
  }
  Node array{.kind = Kind::array};
  array.least = NARU_TRY(count_of(schema, "minItems", place)).value_or(0);
  array.most = NARU_TRY(count_of(schema, "maxItems", place));
  if (array.most && *array.most < array.least) return at(Code::invalid_argument, place, "no list meets it");
  // A list of schemas is "prefixItems" in 2020-12 and "items" before, where "additionalItems" is for the others.
  const bool old = schema.contains("items") && schema["items"].is_array();
  const char* first = old ? "items" : "prefixItems";
  const Json others = old ? schema.value("additionalItems", Json(true)) : schema.value("items", Json(true));
  const Json members = schema.value(first, Json::array());
  if (!members.is_array()) return at(Code::invalid_argument, place, fmt::format("\"{}\" is a list", first));
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (array.most && i >= *array.most) break;
    if (members[i] == Json(false)) {
      array.most = std::min<std::uint64_t>(array.most.value_or(i), i);
      break;
    }
    array.nodes.push_back(NARU_TRY(node_of(members[i], fmt::format("{}/{}/{}", place, first, i))));
  }
  if (others != Json(false) && (!array.most || *array.most > array.nodes.size())) {
    array.rest = NARU_TRY(node_of(others, place + (old ? "/additionalItems" : "/items")));
  } else if (!array.rest) {
    array.most = std::min<std::uint64_t>(array.most.value_or(array.nodes.size()), array.nodes.size());
  }
  if (array.most && *array.most < array.least) return at(Code::invalid_argument, place, "no list meets it");
  return add(std::move(array), place);
}

Result<std::size_t> ShapeCompiler::of_string(const Json& schema, const std::string& place) {
  Node text{.kind = Kind::string};
  text.least = NARU_TRY(count_of(schema, "minLength", place)).value_or(0);
  text.most = NARU_TRY(count_of(schema, "maxLength", place));
  if (text.most && *text.most < text.least) return at(Code::invalid_argument, place, "no text meets it");
  struct Known {
    std::string_view name;
    JsonShape::Format format;
    std::uint64_t length;  // as the grammar writes it
  };
  constexpr Known kFormats[] = {{"date", JsonShape::Format::date, 10},
                                {"time", JsonShape::Format::time, 9},
                                {"date-time", JsonShape::Format::date_time, 20},
                                {"uuid", JsonShape::Format::uuid, 36}};
  const Json format = schema.value("format", Json());
  for (const Known& known : kFormats) {
    if (format != Json(known.name)) continue;
    if (known.length < text.least || (text.most && known.length > *text.most)) {
      return at(Code::unsupported, place, fmt::format("\"format\": \"{}\" of another length", known.name));
    }
    text.format = known.format;
  }
  return add(std::move(text), place);  // other formats are notes, as both drafts have it
}

// Bounds are rounded inwards to whole numbers.
Result<std::size_t> ShapeCompiler::of_number(const Json& schema, bool whole, const std::string& place) {
  Node number{.kind = whole ? Kind::integer : Kind::number};
  struct Bound {
    const char* word;
    bool is_lower, excluded;
  };
  constexpr Bound kBounds[] = {{"minimum", true, false},
                               {"exclusiveMinimum", true, true},
                               {"maximum", false, false},
                               {"exclusiveMaximum", false, true}};
  for (const Bound& bound : kBounds) {
    if (!schema.contains(bound.word)) continue;
    if (!schema[bound.word].is_number()) {
      return at(Code::invalid_argument, place, fmt::format("\"{}\" is a number", bound.word));
    }
    const double given = schema[bound.word].get<double>();
    if (!(std::abs(given) <= static_cast<double>(kBoundMax))) {
      return at(Code::unsupported, place, fmt::format("\"{}\" of more than 15 digits", bound.word));
    }
    const double inwards = bound.is_lower ? std::ceil(given) : std::floor(given);
    auto limit = static_cast<std::int64_t>(inwards);
    bool excluded = bound.excluded && inwards == given;
    if (whole && excluded) {
      limit += bound.is_lower ? 1 : -1;
      excluded = false;
    }
    std::optional<std::int64_t>& mine = bound.is_lower ? number.lower : number.upper;
    bool& my_excluded = bound.is_lower ? number.above_lower : number.below_upper;
    const bool tighter = !mine || (bound.is_lower ? limit > *mine : limit < *mine);
    if (tighter) my_excluded = excluded;
    if (mine && limit == *mine) my_excluded = my_excluded || excluded;
    if (tighter) mine = limit;
  }
  if (number.lower && number.upper) {
    const bool none = *number.lower > *number.upper ||
                      (*number.lower == *number.upper && (number.above_lower || number.below_upper));
    if (none) return at(Code::unsupported, place, "bounds without a whole number between them, or without any");
  }
  return add(std::move(number), place);
}

// What can never be filled in is not offered to the model.
void ShapeCompiler::drop_endless() {
  const auto endless = [&](std::size_t node) {
    return shape_.heights_[node] == std::numeric_limits<std::size_t>::max();
  };
  for (Node& node : shape_.nodes_) {
    std::erase_if(node.properties, [&](const JsonShape::Property& one) { return !one.required && endless(one.node); });
    if (node.kind == Kind::choice) std::erase_if(node.nodes, endless);
    if (node.rest && endless(*node.rest)) {
      node.rest.reset();
      node.most = node.kind == Kind::array ? node.nodes.size() : 0;
      if (node.kind == Kind::map) node.kind = Kind::object;
    }
    if (node.kind != Kind::array) continue;
    const auto first = std::find_if(node.nodes.begin(), node.nodes.end(), endless);
    if (first == node.nodes.end()) continue;
    node.nodes.erase(first, node.nodes.end());
    node.rest.reset();
    node.most = node.nodes.size();
  }
}

}  // namespace naru
