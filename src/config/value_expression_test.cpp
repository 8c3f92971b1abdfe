#include "config/value_expression.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

namespace naru {
namespace {

const std::map<std::string, Value, std::less<>> kFields = {
    {"price", Value(std::int64_t{1200})}, {"rate", Value(0.5)},          {"first", Value(std::string("나루"))},
    {"a-b", Value(std::string("dash"))},  {"n.x", Value(std::int64_t{3})}, {"word", Value(std::string("12"))},
    {"on", Value(true)},                  {"tags", Value(ValueList{Value(std::string("a")), Value(std::int64_t{2})})},
};

Value field(std::string_view name) {
  const auto it = kFields.find(name);
  return it == kFields.end() ? Value() : it->second;
}

// What it comes to as a text; "null", or the error's message.
std::string made(std::string_view text) {
  const auto expression = parse_value_expression(text);
  if (!expression) return expression.error().message();
  const auto value = evaluate(*expression, field);
  if (!value) return value.error().message();
  return value->is_null() ? "null" : value_text(*value);
}

TEST(ValueExpression, NumbersStayWholeUntilADivisionLeavesARest) {
  EXPECT_EQ(made("1 + 2 * 3"), "7");
  EXPECT_EQ(made("(1 + 2) * 3 - -4"), "13");
  EXPECT_EQ(made("price / 100"), "12");
  EXPECT_EQ(made("price / 500"), "2.4");
  EXPECT_EQ(made("price % 500 - n.x"), "197");
  EXPECT_EQ(made("price * rate"), "600");
  EXPECT_EQ(made("10 - 2 - 3"), "5");
}

TEST(ValueExpression, TextsAreJoined) {
  EXPECT_EQ(made("first + \" \" + price"), "나루 1200");
  EXPECT_EQ(made("'it\\'s\\n'"), "it's\n");
  EXPECT_EQ(made("field(\"a-b\")"), "dash");
}

TEST(ValueExpression, WhatIsMadeOfNothingIsNothing) {
  EXPECT_EQ(made("missing + 1"), "null");
  EXPECT_EQ(made("lower(missing)"), "null");
  EXPECT_EQ(made("coalesce(missing, field('gone'), first)"), "나루");
  EXPECT_EQ(made("price / 0"), "null");
  EXPECT_EQ(made("price % 0.0"), "null");
}

TEST(ValueExpression, FunctionsCountCharactersAndNotBytes) {
  EXPECT_EQ(made("length(first)"), "2");
  EXPECT_EQ(made("length(tags)"), "2");
  EXPECT_EQ(made("slice(first, 1)"), "루");
  EXPECT_EQ(made("slice('abcdef', 2, 3)"), "cde");
  EXPECT_EQ(made("slice(first, 9)"), "");
  EXPECT_EQ(made("join(split('a;b;;c', ';'), '+')"), "a+b++c");
  EXPECT_EQ(made("join(tags, ', ')"), "a, 2");
  EXPECT_EQ(made("replace('a.b.c', '.', '')"), "abc");
  EXPECT_EQ(made("trim('  \u00a0x y ') + lower('ÄB')"), "x yäb");
  EXPECT_EQ(made("number(word) + 1"), "13");
  EXPECT_EQ(made("number(first)"), "null");
  EXPECT_EQ(made("number('1e999')"), "null");
  EXPECT_EQ(made("round(2.5) + round(1.2345, 2)"), "4.23");
  EXPECT_EQ(made("abs(0 - 5) + text(on)"), "5true");
}

TEST(ValueExpression, MistakesAreToldWithTheirColumn) {
  EXPECT_EQ(made("1 +"), "value, column 4: expected a value: a number, a \"text\", a field or a function");
  EXPECT_EQ(made("나루 나루"), "value, column 4: expected an operator such as `+`; a text stands in quotes");
  EXPECT_EQ(made("lowr(first)"), "value, column 1: unknown function \"lowr\"; did you mean \"lower\"?");
  EXPECT_EQ(made("slice(first)"), "value, column 1: slice() wants 2 to 3 values, not 1");
  EXPECT_EQ(made("(1"), "value, column 3: the `(` is not closed");
  EXPECT_EQ(made("'a"), "value, column 1: the quote is not closed");
  EXPECT_EQ(made("12abc"), "value, column 1: \"12abc\" is no number");
  EXPECT_EQ(made("field(first)"), "value, column 1: field() wants the name of one in quotes");
  EXPECT_EQ(made("99999999999999999999 * 1"), "1e+20") << "too large to be whole";
}

TEST(ValueExpression, WrongTypesAndLargeNumbersAreErrorsOfTheItem) {
  EXPECT_EQ(made("first * 2"), "`*` wants numbers; number() makes one of a text");
  EXPECT_EQ(made("on + 1"), "`+` wants numbers; number() makes one of a text");
  EXPECT_EQ(made("9223372036854775807 + 1"), "the result of `+` is too large");
  EXPECT_EQ(made("(-9223372036854775807 - 1) / -1"), "the result of `/` is too large");
  EXPECT_EQ(made("slice('a', -1)"), "slice() wants numbers from 0");
  EXPECT_EQ(made("round(rate, 99)"), "round() wants 0 to 15 digits");
}

TEST(ValueExpression, DepthLengthAndNumberOfValuesAreLimited) {
  EXPECT_NE(made(fmt::format("{:(>{}}1", "", 1000)).find("inside one another"), std::string::npos);
  EXPECT_NE(made(fmt::format("{:->{}}1", "", 1000)).find("inside one another"), std::string::npos);
  EXPECT_NE(made(fmt::format("1{:>{}}", "", 5000)).find("longer than"), std::string::npos);
  std::string many = "1";
  for (int i = 0; i < 1000; ++i) many += "+1";
  EXPECT_NE(made(many).find("more than 256 values"), std::string::npos);
  EXPECT_NE(made("\xff").find("not UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace naru
