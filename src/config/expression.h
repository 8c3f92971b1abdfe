// The one expression language: filters of search and of flows.
//
//   source = handbook and (path prefix "hr/" or language in (ko, en)) and not date < 2024-05
//
// A comparison holds where some value of the field fulfils it, `!=` where no value equals; a field that is not there
// fulfils nothing. Texts compare by their bytes in NFC, which is by code point; a date that is written short stands for
// all it covers (`date = 2024-05`); the own fields of documents are `meta.NAME`, and beside a number without quotes
// they compare as numbers. In a flow every name is a field of the record, and is compared as an own one. Parsed once,
// immutable, any thread. docs/guides/filters.md is for those who write them; values are in value_expression.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// A filter that a person types is short; longer ones are refused.
inline constexpr std::size_t kExpressionBytesMax = 4096;
// Parentheses and `not` inside one another: reading and asking are recursive.
inline constexpr std::size_t kExpressionDepthMax = 64;

struct Expression {
  enum class Kind : std::uint8_t {
    equal, not_equal, less, less_equal, greater, greater_equal, prefix, exists,  // of `field`
    all_of, any_of, none_of,                                                     // of `operands`
  };
  Kind kind = Kind::equal;
  std::string field;
  std::string value;         // in NFC; of a date: where it starts, as record/date.h writes it
  std::string value_end;     // of a date: where it ends
  bool is_number = false;    // of `meta.NAME`: written without quotes, and a number
  std::vector<Expression> operands;
};

// All values of a field: kb, source (flow), path (doc), title, language, format; date as record/date.h writes it;
// meta.NAME. Texts in NFC. A field that is not there has none.
using FieldValues = std::function<std::vector<std::string>(std::string_view field)>;

// Which names are fields: those that a knowledge base keeps, or all that a record may have.
enum class FieldScope : std::uint8_t { knowledge_base, record };

// invalid_argument: where it does not parse, an unknown field with a suggestion, a value of the wrong type.
Result<Expression> parse_expression(std::string_view text, FieldScope scope = FieldScope::knowledge_base);
bool matches(const Expression& expression, const FieldValues& field);

}  // namespace naru
