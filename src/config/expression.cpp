#include "config/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/suggest.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct FieldName {
  std::string_view written, meant;
};

// What may be written, and the one word that a FieldLookup is asked for.
constexpr std::array<FieldName, 8> kFields = {{
    {"kb", "kb"},
    {"source", "source"},
    {"flow", "source"},
    {"path", "path"},
    {"doc", "path"},
    {"title", "title"},
    {"language", "language"},
    {"format", "format"},
}};

class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : text_(text) {}

  Result<Expression> read() {
    std::vector<Expression> parts;
    while (true) {
      parts.push_back(NARU_TRY(comparison()));
      skip_space();
      if (at_ == text_.size()) break;
      const std::size_t start = at_;
      const std::string_view word = bare();
      if (word != "and" && word != "AND") {
        return wrong(start, word == "or" || word == "not" || word == "OR" || word == "NOT"
                                ? fmt::format("`{}` is not known yet; only `and` joins comparisons", word)
                                : "expected `and`; a value with blanks stands in quotes");
      }
    }
    if (parts.size() == 1) return std::move(parts.front());
    Expression all;
    all.kind = Expression::Kind::all_of;
    all.operands = std::move(parts);
    return all;
  }

 private:
  Result<Expression> comparison() {
    skip_space();
    const std::size_t start = at_;
    const std::string_view name = bare();
    if (name.empty()) return wrong(start, "expected a field, such as `source = handbook`");
    if (name == "not" || name == "NOT")
      return wrong(start, fmt::format("`{}` is not known yet; write `kb != …`", name));
    const auto field =
        std::find_if(kFields.begin(), kFields.end(), [&](const FieldName& f) { return f.written == name; });
    if (field == kFields.end()) {
      std::vector<std::string> known;
      for (const FieldName& one : kFields) known.emplace_back(one.written);
      return wrong(start, fmt::format("unknown field \"{}\"; {}", shown(name), suggest(name, known)));
    }
    Expression made;
    made.field = field->meant;
    skip_space();
    if (text_.substr(at_, 2) == "!=") {
      made.kind = Expression::Kind::not_equal;
      at_ += 2;
    } else if (text_.substr(at_, 2) == "==") {
      at_ += 2;
    } else if (text_.substr(at_, 1) == "=") {
      at_ += 1;
    } else {
      return wrong(at_, fmt::format("expected `=` or `!=` after `{}`", name));
    }
    skip_space();
    made.value = NARU_TRY(value());
    return made;
  }

  Result<std::string> value() {
    const std::size_t start = at_;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_++];
      std::string held;
      while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        held += text_[at_++];
      }
      if (at_ == text_.size()) return wrong(start, "the quote is not closed");
      ++at_;
      return held;
    }
    const std::string_view word = bare();
    if (word.empty()) return wrong(start, "expected a value");
    return std::string(word);
  }

  // Up to a blank, a quote or an operator.
  std::string_view bare() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n=!\"'").find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(start, at_ - start);
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

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) {
  if (text.size() > kExpressionBytesMax) {
    return Error(Code::invalid_argument, fmt::format("the filter is longer than {} bytes", kExpressionBytesMax));
  }
  if (!is_valid_utf8(text)) return Error(Code::invalid_argument, "the filter is not UTF-8");
  return ExpressionReader(text).read();
}

bool matches(const Expression& expression, const FieldLookup& field) {
  switch (expression.kind) {
    case Expression::Kind::equal:
      return field(expression.field) == expression.value;
    case Expression::Kind::not_equal:
      return field(expression.field) != expression.value;
    case Expression::Kind::all_of:
      return std::all_of(expression.operands.begin(), expression.operands.end(),
                         [&](const Expression& operand) { return matches(operand, field); });
  }
  return false;
}

}  // namespace naru
