#include "record/value_json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"

namespace naru {
namespace {

std::string again(std::string_view json) {
  const Result<Fields> fields = fields_from_json(json);
  return fields ? to_json_line(*fields) : std::string(code_name(fields.error().code()));
}

TEST(ValueJson, ComesBackAsItWas) {
  for (const std::string_view json : {
           R"({})", R"({"b":1,"a":2})", R"({"n":null,"t":true,"f":false,"i":-9223372036854775808})",
           R"({"list":[1,"a",[],{}],"map":{"z":{"y":[null]}}})", R"({"":"","한":"글 \" \\ \n \t \u0001"})",
           R"({"i":9223372036854775807,"one":1.0,"tenth":0.1,"large":1e+300})"}) {
    EXPECT_EQ(again(json), json);
  }
}

TEST(ValueJson, TellsWholeNumbersFromOthers) {
  const Fields fields = *fields_from_json(R"({"a":1,"b":1.0,"c":1e0})");
  EXPECT_EQ(fields[0].value, Value(std::int64_t{1}));
  EXPECT_EQ(fields[1].value, Value(1.0));
  EXPECT_EQ(fields[2].value, Value(1.0));
}

TEST(ValueJson, WhatItCannotSayExactlyIsRefused) {
  EXPECT_EQ(again(R"({"n":9223372036854775808})"), "limit_exceeded");
  EXPECT_EQ(again(R"({"n":123456789012345678901234567890})"), "limit_exceeded");
  EXPECT_EQ(again(R"([1])"), "corrupt");
  EXPECT_EQ(again(R"({"a":)"), "corrupt");
  EXPECT_EQ(again(R"({"a":1} x)"), "corrupt");
  std::string deep;
  for (int i = 0; i <= kJsonDepthMax; ++i) deep += R"({"a":)";
  EXPECT_EQ(again(deep), "limit_exceeded");
}

TEST(ValueJson, OfANameThatStandsTwiceTheLastValueCounts) {
  EXPECT_EQ(again(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  std::string many = R"({"x":0)", once = R"({"x":40)";
  for (int i = 0; i < 40; ++i) {
    many += R"(,"f)" + std::to_string(i) + R"(":1,"x":)" + std::to_string(i + 1);
    once += R"(,"f)" + std::to_string(i) + R"(":1)";
  }
  EXPECT_EQ(again(many + "}"), once + "}");
}

TEST(ValueJson, WhatIsNoJsonBecomesWhatIs) {
  EXPECT_EQ(to_json_line({{"nan", Value(std::nan(""))}, {"bad", Value(std::string("a\xff"))}}),
            "{\"nan\":null,\"bad\":\"a\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace naru
