// Values made of a record's fields, for `derive`: the other half of the expression language (expression.h).
//
//   price * 1.1     first + " " + last     round(meta.size / 1024)     coalesce(title, "no title")
//
// A value is a number, a text in quotes, a field by its name (letters, digits, `_` and `.`; any other as
// field("a-b")), or a function of values; `*`, `/` and `%` bind closer than `+` and `-`, parentheses closest. Whole
// numbers stay whole but in a division that leaves a rest; `+` joins texts. What is made of a field that is not there
// is not there, but by coalesce. Functions: abs, coalesce, field, join(list, text), length (characters of a text,
// values of a list), lower, number, replace(text, old, new), round(number[, digits]), slice(text, from[, length]) in
// characters from 0, split(text, at), text, trim. Parsed once, immutable, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "naru/value.h"

namespace naru {

struct ValueExpression {
  enum class Kind : std::uint8_t { literal, field, negative, add, subtract, multiply, divide, remainder, call };
  Kind kind = Kind::literal;
  Value literal;
  std::string name;  // of a field, in NFC; of a function
  std::vector<ValueExpression> operands;
};

// Null where there is no such field.
using FieldValue = std::function<Value(std::string_view name)>;

// invalid_argument: where it does not parse, with the column; an unknown function, or a wrong number of its values.
Result<ValueExpression> parse_value_expression(std::string_view text);

// invalid_argument: a value of the wrong type; limit_exceeded: a number or text that is too large.
Result<Value> evaluate(const ValueExpression& expression, const FieldValue& field);

// What a text of it is: itself, a number in its shortest form, true, false; of lists and maps nothing.
std::string value_text(const Value& value);

}  // namespace naru
