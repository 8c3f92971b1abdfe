#include "config/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "config/suggest.h"
#include "record/date.h"
#include "text/unicode.h"

namespace naru {

namespace {

using Kind = Expression::Kind;

enum class FieldType : std::uint8_t { text, date, own };

struct FieldName {
  std::string_view written, meant;
  FieldType type = FieldType::text;
};

// What may be written, and the one word that FieldValues is asked for.
constexpr std::array<FieldName, 9> kFields = {{
    {"kb", "kb"},
    {"source", "source"},
    {"flow", "source"},
    {"path", "path"},
    {"doc", "path"},
    {"title", "title"},
    {"language", "language"},
    {"format", "format"},
    {"date", "date", FieldType::date},
}};
constexpr std::string_view kOwnFields = "meta.";

struct Operator {
  std::string_view written;
  Kind kind;
};

// Longer ones first.
constexpr std::array<Operator, 8> kOperators = {{
    {"!=", Kind::not_equal},
    {"<>", Kind::not_equal},
    {"==", Kind::equal},
    {"<=", Kind::less_equal},
    {">=", Kind::greater_equal},
    {"=", Kind::equal},
    {"<", Kind::less},
    {">", Kind::greater},
}};

// With more digits two numbers could be told apart as texts and not as doubles.
constexpr std::size_t kDigitsMax = 15;

// A plain decimal number: no exponent, no blanks, few enough digits to be exact.
std::optional<double> number_of(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || digits.size() > kDigitsMax + 1 || !is_digit(digits.front()) || !is_digit(digits.back())) {
    return std::nullopt;
  }
  const auto count = std::count_if(digits.begin(), digits.end(), is_digit);
  const auto points = std::count(digits.begin(), digits.end(), '.');
  if (points > 1 || static_cast<std::size_t>(count + points) != digits.size()) return std::nullopt;
  if (static_cast<std::size_t>(count) > kDigitsMax) return std::nullopt;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class ExpressionReader {
 public:
  ExpressionReader(std::string_view text, FieldScope scope) : text_(text), scope_(scope) {}

  Result<Expression> read() {
    Expression whole = NARU_TRY(alternatives());
    if (at_ == text_.size()) return whole;
    if (text_[at_] == ')') return wrong(at_, "there is no `(` to this `)`");
    return wrong(at_, "expected `and` or `or`; a value with blanks stands in quotes");
  }

 private:
  // A word written without quotes or a quoted text.
  struct Value {
    std::string text;
    bool quoted = false;
    std::size_t start = 0;
  };

  Result<Expression> alternatives() { return joined("or", Kind::any_of, &ExpressionReader::conjunction); }
  Result<Expression> conjunction() { return joined("and", Kind::all_of, &ExpressionReader::operand); }

  Result<Expression> joined(std::string_view word, Kind kind, Result<Expression> (ExpressionReader::*part)()) {
    Expression all;
    all.kind = kind;
    do {
      all.operands.push_back(NARU_TRY((this->*part)()));
      skip_space();
    } while (take_word(word));
    if (all.operands.size() > 1) return all;
    Expression one = std::move(all.operands.front());
    return one;
  }

  Result<Expression> operand() {
    skip_space();
    const std::size_t start = at_;
    const bool negated = take_word("not");
    if (!negated && !take("(")) return comparison();
    if (++depth_ > kExpressionDepthMax) {
      return wrong(start, fmt::format("more than {} parentheses or `not` inside one another", kExpressionDepthMax));
    }
    Expression inner = NARU_TRY(negated ? operand() : alternatives());
    --depth_;
    if (negated) return negation(std::move(inner));
    if (!take(")")) {
      return wrong(at_, at_ == text_.size() ? "the `(` is not closed"
                                            : "expected `and`, `or` or `)`; a value with blanks stands in quotes");
    }
    return inner;
  }

  static Expression negation(Expression inner) {
    Expression none;
    none.kind = Kind::none_of;
    none.operands.push_back(std::move(inner));
    return none;
  }

  Result<Expression> comparison() {
    const std::size_t start = at_;
    const std::string name(bare());
    if (name.empty()) return wrong(start, "expected a field, such as `source = handbook`");
    const FieldName field = NARU_TRY(field_named(name, start));
    skip_space();
    for (const Operator& one : kOperators) {
      if (!take(one.written)) continue;
      return compared(field, name, one.kind, NARU_TRY(value()));
    }
    const std::size_t at = at_;
    const bool negated = take_word("not");
    skip_space();
    Expression made;
    if (take_word("exists")) {
      made = compared_unchecked(field, name, Kind::exists, {});
    } else if (take_word("prefix")) {
      made = NARU_TRY(compared(field, name, Kind::prefix, NARU_TRY(value())));
    } else if (take_word("in")) {
      made = NARU_TRY(list(field, name));
    } else {
      const std::string after = negated ? "not" : shown(name);
      return wrong(negated ? at_ : at,
                   fmt::format("expected =, !=, <, <=, >, >=, `in`, `prefix` or `exists` after `{}`", after));
    }
    if (negated) return negation(std::move(made));
    return made;
  }

  Result<FieldName> field_named(const std::string& name, std::size_t start) const {
    if (scope_ == FieldScope::record) return FieldName{name, name, FieldType::own};
    if (name.starts_with(kOwnFields)) {
      if (name.size() == kOwnFields.size()) return wrong(start, "expected a name after `meta.`, such as `meta.author`");
      return FieldName{name, name, FieldType::own};
    }
    for (const FieldName& field : kFields) {
      if (field.written == name) return field;
    }
    std::vector<std::string> known;
    for (const FieldName& field : kFields) known.emplace_back(field.written);
    std::string said = suggest(name, known);
    if (said.starts_with("known")) said += "; the own fields of documents are meta.NAME";
    return wrong(start, fmt::format("unknown field \"{}\"; {}", shown(name), said));
  }

  // ( a, b, c )
  Result<Expression> list(const FieldName& field, const std::string& name) {
    skip_space();
    if (!take("(")) return wrong(at_, "expected `(` after `in`, as in `language in (ko, en)`");
    Expression any;
    any.kind = Kind::any_of;
    do {
      any.operands.push_back(NARU_TRY(compared(field, name, Kind::equal, NARU_TRY(value()))));
      skip_space();
    } while (take(","));
    if (!take(")")) return wrong(at_, at_ == text_.size() ? "the `(` is not closed" : "expected `,` or `)`");
    return any;
  }

  static Expression compared_unchecked(const FieldName& field, const std::string& name, Kind kind, const Value& value) {
    Expression made;
    made.kind = kind;
    made.field = field.type == FieldType::own ? nfc(name) : std::string(field.meant);
    made.value = nfc(value.text);
    return made;
  }

  Result<Expression> compared(const FieldName& field, const std::string& name, Kind kind, const Value& value) const {
    Expression made = compared_unchecked(field, name, kind, value);
    if (field.type == FieldType::own) {
      made.is_number = kind != Kind::prefix && !value.quoted && number_of(made.value).has_value();
    }
    if (field.type != FieldType::date) return made;
    if (kind == Kind::prefix) {
      return wrong(value.start, fmt::format("`{}` is a date and has no prefix; write `{} = 2024-05`", name, name));
    }
    std::optional<DateSpan> span = parse_date(value.text);
    if (!span) {
      return wrong(value.start, fmt::format("`{}` is compared with a date such as 2024, 2024-05-31 or "
                                            "\"2024-05-31 09:00\", not with \"{}\"", name, shown(value.text)));
    }
    made.value = std::move(span->start);
    made.value_end = std::move(span->end);
    return made;
  }

  Result<Value> value() {
    skip_space();
    Value read;
    read.start = at_;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      read.quoted = true;
      const char quote = text_[at_++];
      while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        read.text += text_[at_++];
      }
      if (at_ == text_.size()) return wrong(read.start, "the quote is not closed");
      ++at_;
      return read;
    }
    read.text = bare();
    if (read.text.empty()) {
      return wrong(read.start, at_ < text_.size() ? "expected a value; one with signs or blanks stands in quotes"
                                                  : "expected a value");
    }
    return read;
  }

  // Up to a blank, a quote, an operator, a parenthesis or a comma.
  std::string_view bare() {
    const std::size_t start = at_;
    constexpr std::string_view kEnds = " \t\r\n=!<>(),\"'";
    while (at_ < text_.size() && kEnds.find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(start, at_ - start);
  }

  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }

  // A whole word, in lower or upper case.
  bool take_word(std::string_view word) {
    const std::size_t start = at_;
    if (lower_ascii(bare()) == word) return true;
    at_ = start;
    return false;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // Columns count characters, as the person sees them.
  Error wrong(std::size_t at, const std::string& what) const {
    std::size_t column = 1;
    for (std::size_t i = 0; i < at && i < text_.size();) {
      next_code_point(text_, i);
      ++column;
    }
    return Error(Code::invalid_argument, fmt::format("filter, column {}: {}", column, what));
  }

  const std::string_view text_;
  const FieldScope scope_;
  std::size_t at_ = 0, depth_ = 0;
};

bool holds(Kind kind, int order) {
  switch (kind) {
    case Kind::equal:
      return order == 0;
    case Kind::less:
      return order < 0;
    case Kind::less_equal:
      return order <= 0;
    case Kind::greater:
      return order > 0;
    case Kind::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

// Where a date stands to the span that was written: before it, in it, behind it.
int order_of_date(const Expression& wanted, const std::string& value) {
  return value < wanted.value ? -1 : value < wanted.value_end ? 0 : 1;
}

// One value against one comparison that is not `!=`.
bool fulfils(const Expression& wanted, const std::string& value) {
  if (wanted.kind == Kind::prefix) return value.starts_with(wanted.value);
  if (wanted.kind == Kind::exists) return !value.empty();
  if (!wanted.value_end.empty()) return !value.empty() && holds(wanted.kind, order_of_date(wanted, value));
  if (wanted.is_number) {
    const std::optional<double> number = number_of(value), with = number_of(wanted.value);
    if (!number || !with) return false;
    return holds(wanted.kind, *number < *with ? -1 : *number > *with ? 1 : 0);
  }
  return holds(wanted.kind, value.compare(wanted.value));
}

}  // namespace

Result<Expression> parse_expression(std::string_view text, FieldScope scope) {
  if (text.size() > kExpressionBytesMax) {
    return Error(Code::invalid_argument, fmt::format("the filter is longer than {} bytes", kExpressionBytesMax));
  }
  if (!is_valid_utf8(text)) return Error(Code::invalid_argument, "the filter is not UTF-8");
  return ExpressionReader(text, scope).read();
}

bool matches(const Expression& expression, const FieldValues& field) {
  const auto holds_here = [&](const Expression& operand) { return matches(operand, field); };
  const std::vector<Expression>& operands = expression.operands;
  switch (expression.kind) {
    case Kind::all_of:
      return std::all_of(operands.begin(), operands.end(), holds_here);
    case Kind::any_of:
      return std::any_of(operands.begin(), operands.end(), holds_here);
    case Kind::none_of:
      return std::none_of(operands.begin(), operands.end(), holds_here);
    case Kind::not_equal: {
      Expression equal = expression;
      equal.kind = Kind::equal;
      return !matches(equal, field);
    }
    default:
      break;
  }
  const std::vector<std::string> values = field(expression.field);
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return fulfils(expression, value); });
}

}  // namespace naru
