// YAML as a tree in which every value knows where it stands. Limits hold before anything is built from it.
//
// Pure functions over text; any thread; what the library throws ends here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "naru/descriptor.h"
#include "naru/result.h"

namespace naru {

inline constexpr std::size_t kConfigBytesMax = 1 << 20;  // a file that a person writes
inline constexpr std::size_t kConfigDepthMax = 32;       // deepest that the schema could ever need, many times over
inline constexpr std::size_t kConfigNodesMax = 50'000;   // aliases are copied: this bounds what they can multiply to
inline constexpr std::size_t kConfigFieldsMax = 4096;    // of one map: a field is compared with all before it

struct YamlField;

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;               // scalar
  bool quoted = false;            // "5" is a text, 5 is a number
  std::vector<YamlNode> items;    // list
  std::vector<YamlField> fields;  // map: in file order; keys are scalars

  const YamlNode* find(std::string_view name) const;  // null: no such field, or no map
};

struct YamlField {
  YamlNode key, value;
};

// What is wrong with a configuration, and where.
struct Diagnostic {
  Place place;
  std::string message;
  std::string suggestion;  // what to do; may be empty

  std::string text() const;  // "naru.yaml:14:7: unknown field "chunksize"; did you mean "chunk_size"?"
};

// `file` is only the name for messages. Duplicate keys and broken syntax are reported with their place; after broken
// syntax the tree holds what was read before it.
YamlNode parse_yaml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics);

}  // namespace naru
