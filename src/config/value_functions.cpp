#include "config/value_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/value_expression.h"
#include "text/unicode.h"

namespace naru {

namespace {

using Values = std::vector<Value>;

Error wrong(std::string_view function, std::string_view wants) {
  return {Code::invalid_argument, fmt::format("{}() wants {}", function, wants)};
}

Result<std::string> text_of(const Value& value, std::string_view function) {
  if (const std::string* text = value.text()) return *text;
  return wrong(function, "a text");
}

Result<std::int64_t> whole_of(const Value& value, std::string_view function) {
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) return *number;
  return wrong(function, "a whole number");
}

Result<double> number_of(const Value& value, std::string_view function) {
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const double* number = std::get_if<double>(&value)) return *number;
  return wrong(function, "a number");
}

Result<Value> absolute(const Values& values) {
  const std::int64_t* whole = std::get_if<std::int64_t>(&values[0]);
  if (whole != nullptr && *whole != INT64_MIN) return Value(*whole < 0 ? -*whole : *whole);
  return Value(std::abs(NARU_TRY(number_of(values[0], "abs"))));
}

Result<Value> join(const Values& values) {
  const ValueList* list = values[0].list();
  if (list == nullptr) return wrong("join", "a list");
  const std::string between = NARU_TRY(text_of(values[1], "join"));
  std::string all;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (i > 0) all += between;
    all += value_text((*list)[i]);
    if (all.size() > kMadeBytesMax) return Error(Code::limit_exceeded, "join() makes a text that is too large");
  }
  return Value(std::move(all));
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

Result<Value> length(const Values& values) {
  if (const ValueList* list = values[0].list()) return Value(static_cast<std::int64_t>(list->size()));
  return Value(static_cast<std::int64_t>(characters(NARU_TRY(text_of(values[0], "length")))));
}

Result<Value> lower(const Values& values) { return Value(case_fold(NARU_TRY(text_of(values[0], "lower")))); }

// Null where a text is no number.
Result<Value> number(const Values& values) {
  const std::string* text = values[0].text();
  if (text == nullptr) return NARU_TRY(number_of(values[0], "number")), Result<Value>(values[0]);
  const char *const start = text->data(), *const end = start + text->size();
  std::int64_t whole = 0;
  const auto read_whole = std::from_chars(start, end, whole);
  if (read_whole.ec == std::errc() && read_whole.ptr == end) return Value(whole);
  double real = 0;
  const auto read = std::from_chars(start, end, real);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(real)) return Value();
  return Value(real);
}

Result<Value> replace(const Values& values) {
  const std::string text = NARU_TRY(text_of(values[0], "replace")), old = NARU_TRY(text_of(values[1], "replace")),
                    with = NARU_TRY(text_of(values[2], "replace"));
  if (old.empty()) return Value(text);
  std::string made;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(old, at);
    made += std::string_view(text).substr(at, found - at);
    if (found == std::string::npos) return Value(std::move(made));
    made += with;
    at = found + old.size();
    if (made.size() > kMadeBytesMax) return Error(Code::limit_exceeded, "replace() makes a text that is too large");
  }
}

Result<Value> round(const Values& values) {
  if (std::holds_alternative<std::int64_t>(values[0])) return values[0];
  const double value = NARU_TRY(number_of(values[0], "round"));
  const std::int64_t digits = values.size() > 1 ? NARU_TRY(whole_of(values[1], "round")) : 0;
  constexpr std::int64_t kDigitsMax = 15;  // more has a double not
  if (digits < 0 || digits > kDigitsMax) return wrong("round", "0 to 15 digits");
  const double power = std::pow(10.0, static_cast<double>(digits));
  const double rounded = std::round(value * power) / power;
  constexpr double kWholeMax = 9007199254740992;  // 2^53: up to here a double is exact
  if (digits == 0 && std::abs(rounded) <= kWholeMax) return Value(static_cast<std::int64_t>(rounded));
  return Value(rounded);
}

Result<Value> slice(const Values& values) {
  const std::string text = NARU_TRY(text_of(values[0], "slice"));
  const std::int64_t from = NARU_TRY(whole_of(values[1], "slice"));
  const std::int64_t count = values.size() > 2 ? NARU_TRY(whole_of(values[2], "slice")) : INT64_MAX;
  if (from < 0 || count < 0) return wrong("slice", "numbers from 0");
  std::size_t at = 0;
  for (std::int64_t i = 0; i < from && at < text.size(); ++i) next_code_point(text, at);
  const std::size_t start = at;
  for (std::int64_t i = 0; i < count && at < text.size(); ++i) next_code_point(text, at);
  return Value(text.substr(start, at - start));
}

Result<Value> split(const Values& values) {
  const std::string text = NARU_TRY(text_of(values[0], "split")), at_text = NARU_TRY(text_of(values[1], "split"));
  if (at_text.empty()) return wrong("split", "a text to split at");
  ValueList parts;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(at_text, at);
    parts.emplace_back(text.substr(at, found - at));
    if (found == std::string::npos) return Value(std::move(parts));
    at = found + at_text.size();
  }
}

Result<Value> text(const Values& values) { return Value(value_text(values[0])); }

Result<Value> trim(const Values& values) {
  const std::string text = NARU_TRY(text_of(values[0], "trim"));
  return Value(std::string(trim_white_space(text)));
}

constexpr std::array<ValueFunction, 11> kFunctions = {{
    {"abs", 1, 1, absolute},
    {"join", 2, 2, join},
    {"length", 1, 1, length},
    {"lower", 1, 1, lower},
    {"number", 1, 1, number},
    {"replace", 3, 3, replace},
    {"round", 1, 2, round},
    {"slice", 2, 3, slice},
    {"split", 2, 2, split},
    {"text", 1, 1, text},
    {"trim", 1, 1, trim},
}};

}  // namespace

const ValueFunction* value_function(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const ValueFunction& function) { return function.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

std::vector<std::string_view> value_function_names() {
  std::vector<std::string_view> names;
  for (const ValueFunction& function : kFunctions) names.push_back(function.name);
  return names;
}

}  // namespace naru
