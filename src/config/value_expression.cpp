#include "config/value_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "config/expression.h"
#include "config/suggest.h"
#include "config/value_functions.h"
#include "text/unicode.h"

namespace naru {

namespace {

using Kind = ValueExpression::Kind;

constexpr std::string_view kField = "field", kCoalesce = "coalesce";
// Fields, numbers and texts of one expression: what they come to is found by recursion.
constexpr std::size_t kValuesMax = 256;

class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  Result<ValueExpression> read() {
    ValueExpression whole = NARU_TRY(sum());
    if (at_ == text_.size()) return whole;
    return wrong(at_, "expected an operator such as `+`; a text stands in quotes");
  }

 private:
  Result<ValueExpression> sum() {
    ValueExpression left = NARU_TRY(product());
    for (;;) {
      const bool adds = take('+');
      if (!adds && !take('-')) return left;
      left = joined(adds ? Kind::add : Kind::subtract, std::move(left), NARU_TRY(product()));
    }
  }

  Result<ValueExpression> product() {
    ValueExpression left = NARU_TRY(operand());
    for (;;) {
      const std::optional<Kind> kind = product_sign();
      if (!kind) return left;
      left = joined(*kind, std::move(left), NARU_TRY(operand()));
    }
  }

  std::optional<Kind> product_sign() {
    if (take('*')) return Kind::multiply;
    if (take('/')) return Kind::divide;
    if (take('%')) return Kind::remainder;
    return std::nullopt;
  }

  static ValueExpression joined(Kind kind, ValueExpression left, ValueExpression right) {
    ValueExpression made;
    made.kind = kind;
    made.operands.push_back(std::move(left));
    made.operands.push_back(std::move(right));
    return made;
  }

  Result<ValueExpression> operand() {
    skip_space();
    const std::size_t start = at_;
    if (++depth_ > kExpressionDepthMax) {
      return wrong(start, fmt::format("more than {} values inside one another", kExpressionDepthMax));
    }
    if (++values_ > kValuesMax) return wrong(start, fmt::format("more than {} values", kValuesMax));
    ValueExpression made = NARU_TRY(operand_at(start));
    --depth_;
    skip_space();
    return made;
  }

  Result<ValueExpression> operand_at(std::size_t start) {
    if (take('-')) {
      ValueExpression negative;
      negative.kind = Kind::negative;
      negative.operands.push_back(NARU_TRY(operand()));
      return negative;
    }
    if (take('(')) {
      ValueExpression inner = NARU_TRY(sum());
      if (!take(')')) return wrong(at_, "the `(` is not closed");
      return inner;
    }
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return literal(NARU_TRY(quoted()));
    const std::string name(word());
    if (name.empty()) return wrong(start, "expected a value: a number, a \"text\", a field or a function");
    if (name[0] >= '0' && name[0] <= '9') return number(name, start);
    if (take('(')) return call(name, start);
    return field(name);
  }

  static ValueExpression literal(Value value) {
    ValueExpression made;
    made.literal = std::move(value);
    return made;
  }

  static ValueExpression field(std::string_view name) {
    ValueExpression made;
    made.kind = Kind::field;
    made.name = nfc(name);
    return made;
  }

  Result<ValueExpression> number(const std::string& written, std::size_t start) const {
    const char *const first = written.data(), *const last = first + written.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(first, last, whole); read.ec == std::errc() && read.ptr == last) {
      return literal(Value(whole));
    }
    double real = 0;
    const auto read = std::from_chars(first, last, real);
    if (read.ec == std::errc() && read.ptr == last) return literal(Value(real));
    return wrong(start, fmt::format("\"{}\" is no number", written));
  }

  Result<ValueExpression> call(const std::string& name, std::size_t start) {
    ValueExpression made;
    made.kind = Kind::call;
    made.name = name;
    if (!take(')')) {
      do {
        made.operands.push_back(NARU_TRY(sum()));
      } while (take(','));
      if (!take(')')) return wrong(at_, "expected `,` or `)`");
    }
    return checked(std::move(made), start);
  }

  Result<ValueExpression> checked(ValueExpression made, std::size_t start) const {
    const std::size_t values = made.operands.size();
    if (made.name == kField) {
      const bool named = values == 1 && made.operands[0].kind == Kind::literal && made.operands[0].literal.text();
      if (!named) return wrong(start, "field() wants the name of one in quotes");
      return field(*made.operands[0].literal.text());
    }
    if (made.name == kCoalesce) {
      if (values == 0) return wrong(start, "coalesce() wants a value");
      return made;
    }
    const ValueFunction* function = value_function(made.name);
    if (function == nullptr) {
      std::vector<std::string> known = {std::string(kField), std::string(kCoalesce)};
      for (const std::string_view one : value_function_names()) known.emplace_back(one);
      return wrong(start, fmt::format("unknown function \"{}\"; {}", shown(made.name), suggest(made.name, known)));
    }
    if (values >= function->values_min && values <= function->values_max) return made;
    const std::string wanted = function->values_min == function->values_max
                                   ? fmt::format("{}", function->values_min)
                                   : fmt::format("{} to {}", function->values_min, function->values_max);
    return wrong(start, fmt::format("{}() wants {} values, not {}", made.name, wanted, values));
  }

  Result<Value> quoted() {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    std::string read;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        read += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
        ++at_;
      } else {
        read += text_[at_++];
      }
    }
    if (at_ == text_.size()) return wrong(start, "the quote is not closed");
    ++at_;
    return Value(nfc(read));
  }

  std::string_view word() {
    const std::size_t start = at_;
    while (at_ < text_.size()) {
      std::size_t next = at_;
      const char32_t c = next_code_point(text_, next);
      if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.') break;
      at_ = next;
    }
    return text_.substr(start, at_ - start);
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // Columns count characters, as the person sees them.
  Error wrong(std::size_t at, const std::string& what) const {
    std::size_t column = 1;
    for (std::size_t i = 0; i < at && i < text_.size(); ++column) next_code_point(text_, i);
    return {Code::invalid_argument, fmt::format("value, column {}: {}", column, what)};
  }

  const std::string_view text_;
  std::size_t at_ = 0, depth_ = 0, values_ = 0;
};

// ---- what it comes to -----------------------------------------------------------------------------------------------

std::string_view sign_of(Kind kind) {
  switch (kind) {
    case Kind::add:
      return "+";
    case Kind::subtract:
      return "-";
    case Kind::multiply:
      return "*";
    case Kind::divide:
      return "/";
    default:
      return "%";
  }
}

Result<double> real_of(const Value& value, Kind kind) {
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const double* real = std::get_if<double>(&value)) return *real;
  return Error(Code::invalid_argument, fmt::format("`{}` wants numbers; number() makes one of a text", sign_of(kind)));
}

Result<Value> whole_result(Kind kind, std::int64_t a, std::int64_t b) {
  const Error too_large(Code::limit_exceeded, fmt::format("the result of `{}` is too large", sign_of(kind)));
  std::int64_t made = 0;
  bool overflows = false;
  if (kind == Kind::add) overflows = __builtin_add_overflow(a, b, &made);
  if (kind == Kind::subtract) overflows = __builtin_sub_overflow(a, b, &made);
  if (kind == Kind::multiply) overflows = __builtin_mul_overflow(a, b, &made);
  if (kind == Kind::divide || kind == Kind::remainder) {
    if (b == 0) return Value();
    overflows = a == INT64_MIN && b == -1;
    if (!overflows && kind == Kind::divide && a % b != 0) return Value(static_cast<double>(a) / static_cast<double>(b));
    if (!overflows) made = kind == Kind::divide ? a / b : a % b;
  }
  if (overflows) return too_large;
  return Value(made);
}

Result<Value> real_result(Kind kind, double a, double b) {
  if ((kind == Kind::divide || kind == Kind::remainder) && b == 0) return Value();
  const double made = kind == Kind::add        ? a + b
                      : kind == Kind::subtract ? a - b
                      : kind == Kind::multiply ? a * b
                      : kind == Kind::divide   ? a / b
                                               : std::fmod(a, b);
  if (!std::isfinite(made)) {
    return Error(Code::limit_exceeded, fmt::format("the result of `{}` is too large", sign_of(kind)));
  }
  return Value(made);
}

Result<Value> calculated(Kind kind, const Value& left, const Value& right) {
  if (left.is_null() || right.is_null()) return Value();
  if (kind == Kind::add && (left.text() != nullptr || right.text() != nullptr)) {
    std::string joined = value_text(left) + value_text(right);
    if (joined.size() > kMadeBytesMax) return Error(Code::limit_exceeded, "`+` makes a text that is too large");
    return Value(std::move(joined));
  }
  const std::int64_t *a = std::get_if<std::int64_t>(&left), *b = std::get_if<std::int64_t>(&right);
  if (a != nullptr && b != nullptr) return whole_result(kind, *a, *b);
  return real_result(kind, NARU_TRY(real_of(left, kind)), NARU_TRY(real_of(right, kind)));
}

Result<Value> called(const ValueExpression& expression, const FieldValue& field) {
  if (expression.name == kCoalesce) {
    for (const ValueExpression& operand : expression.operands) {
      Value value = NARU_TRY(evaluate(operand, field));
      if (!value.is_null()) return value;
    }
    return Value();
  }
  std::vector<Value> values;
  for (const ValueExpression& operand : expression.operands) {
    values.push_back(NARU_TRY(evaluate(operand, field)));
    if (values.back().is_null()) return Value();
  }
  return value_function(expression.name)->call(values);
}

}  // namespace

Result<ValueExpression> parse_value_expression(std::string_view text) {
  if (text.size() > kExpressionBytesMax) {
    return Error(Code::invalid_argument, fmt::format("the value is longer than {} bytes", kExpressionBytesMax));
  }
  if (!is_valid_utf8(text)) return Error(Code::invalid_argument, "the value is not UTF-8");
  return ValueReader(text).read();
}

Result<Value> evaluate(const ValueExpression& expression, const FieldValue& field) {
  switch (expression.kind) {
    case Kind::literal:
      return expression.literal;
    case Kind::field:
      return field(expression.name);
    case Kind::call:
      return called(expression, field);
    case Kind::negative:
      return calculated(Kind::subtract, Value(std::int64_t{0}), NARU_TRY(evaluate(expression.operands[0], field)));
    default:
      return calculated(expression.kind, NARU_TRY(evaluate(expression.operands[0], field)),
                        NARU_TRY(evaluate(expression.operands[1], field)));
  }
}

std::string value_text(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const double* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return {};
}

}  // namespace naru
