// JsonShape: a JSON schema as what a model may write. Every text that its grammar lets through is valid by the schema;
// one of which that cannot be promised is refused, with the keyword and its place, before anything is generated.
//
// It lets less through than the schema where that keeps the promise simple: properties come in the order in which they
// are declared, none is written that the schema does not name, numbers have no exponent, bounds are rounded inwards.
// `pattern`, `not`, `if`, `uniqueItems` and their like are refused.
//
// A value; any thread. Sources: JSON Schema draft 7 and 2020-12 (json-schema.org); the grammar is llama.cpp's GBNF.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "naru/result.h"

namespace naru {

// A schema of more parts is a data model, not the form of an answer.
inline constexpr std::size_t kShapeNodesMax = 4096;
// Of a string's characters and of a list's members: the grammar writes every one of them out.
inline constexpr std::uint64_t kShapeRepeatMax = 1000;

class JsonShape {
 public:
  // invalid_argument: no schema, or one that no value meets; unsupported: a keyword that cannot be promised, or more
  // than the limits above.
  static Result<JsonShape> compile(const Json& schema);

  std::string grammar() const;           // GBNF; its first rule is "root"
  bool admits(const Json& value) const;  // would the grammar let it through, in some way of writing it?
  Json smallest() const;                 // the shortest way to fill it in

 private:
  friend class ShapeCompiler;
  friend class ShapeGrammar;

  enum class Kind : std::uint8_t { any, null, boolean, literal, string, integer, number, array, object, map, choice };
  enum class Format : std::uint8_t { none, date, time, date_time, uuid };
  struct Property {
    std::string name;
    std::size_t node = 0;
    bool required = false;
  };
  struct Node {
    Kind kind = Kind::any;
    Json literal;
    Format format = Format::none;
    std::uint64_t least = 0;             // characters, members, properties of a map
    std::optional<std::uint64_t> most;
    std::optional<std::int64_t> lower, upper;  // of a number, inclusive
    bool above_lower = false, below_upper = false;  // of a number: not the bound itself
    std::vector<std::size_t> nodes;      // the first members of an array; the alternatives of a choice
    std::optional<std::size_t> rest;     // the further members of an array; the values of a map
    std::vector<Property> properties;
  };

  bool admits(std::size_t node, const Json& value) const;
  bool admits_string(const Node& node, const std::string& text) const;
  Json smallest(std::size_t node) const;
  Json smallest_number(std::size_t node) const;
  std::vector<std::size_t> heights() const;

  std::vector<Node> nodes_;
  std::vector<std::size_t> heights_;  // how deep the shallowest value of each node is
  std::size_t root_ = 0;
};

}  // namespace naru
