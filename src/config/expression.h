// The one expression language: filters of search, later of flows. `source = "handbook" and path = "a/b.md"`.
//
// First form: `field = value` and `field != value` joined by `and`; the tree is ready for or, not, ranges, in, prefix.
// Parsed once, immutable, any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// A filter that a person types is short; longer ones are refused.
inline constexpr std::size_t kExpressionBytesMax = 4096;

struct Expression {
  enum class Kind { equal, not_equal, all_of };
  Kind kind = Kind::equal;
  std::string field;  // equal, not_equal
  std::string value;
  std::vector<Expression> operands;  // all_of
};

// Fields that a document has: kb, source (flow), path (doc), title, language, format.
using FieldLookup = std::function<std::optional<std::string>(std::string_view field)>;

// invalid_argument: where it does not parse, or an unknown field with a suggestion.
Result<Expression> parse_expression(std::string_view text);
bool matches(const Expression& expression, const FieldLookup& field);

}  // namespace naru
