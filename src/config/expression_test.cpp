#include "config/expression.h"

#include <gtest/gtest.h>

#include "config/suggest.h"

namespace naru {
namespace {

std::string told(std::string_view text) {
  const Result<Expression> parsed = parse_expression(text);
  return parsed ? "" : parsed.error().describe();
}

bool holds(std::string_view text) {
  const Result<Expression> parsed = parse_expression(text);
  EXPECT_TRUE(parsed) << text;
  if (!parsed) return false;
  return matches(*parsed, [](std::string_view field) -> std::optional<std::string> {
    if (field == "source") return "handbook";
    if (field == "path") return "규정/인사 규정.md";
    if (field == "language") return "ko";
    return std::nullopt;
  });
}

TEST(Expression, ComparesFieldsWithTexts) {
  EXPECT_TRUE(holds("source = handbook"));
  EXPECT_TRUE(holds("source=handbook"));
  EXPECT_TRUE(holds("source == \"handbook\""));
  EXPECT_FALSE(holds("source = 'other'"));
  EXPECT_TRUE(holds("source != other"));
  EXPECT_TRUE(holds("path = \"규정/인사 규정.md\""));
}

TEST(Expression, JoinsByAnd) {
  EXPECT_TRUE(holds("source = handbook and language = ko"));
  EXPECT_FALSE(holds("source = handbook AND language = en"));
  EXPECT_FALSE(holds("source = x and language = ko and path = y"));
}

TEST(Expression, OtherWordsMeanTheSameField) {
  EXPECT_TRUE(holds("flow = handbook"));
  EXPECT_TRUE(holds("doc = \"규정/인사 규정.md\""));
  EXPECT_EQ(parse_expression("doc = a").value().field, "path");
}

TEST(Expression, AFieldThatIsNotThereEqualsNothing) {
  EXPECT_FALSE(holds("title = \"\""));
  EXPECT_TRUE(holds("title != x"));
}

TEST(Expression, QuotesKeepBlanksAndTheOtherQuote) {
  EXPECT_EQ(parse_expression("title = \"it's = a 'b' and c\"").value().value, "it's = a 'b' and c");
  EXPECT_EQ(parse_expression(R"(title = "a \"b\" \\")").value().value, R"(a "b" \)");
}

TEST(Expression, TellsWhereItDoesNotParse) {
  EXPECT_EQ(told(""), "filter, column 1: expected a field, such as `source = handbook`");
  EXPECT_EQ(told("  "), "filter, column 3: expected a field, such as `source = handbook`");
  EXPECT_EQ(told("sorce = x"), "filter, column 1: unknown field \"sorce\"; did you mean \"source\"?");
  EXPECT_EQ(told("colour = red"),
            "filter, column 1: unknown field \"colour\"; "
            "known are: kb, source, flow, path, doc, title, language, format");
  EXPECT_EQ(told("source"), "filter, column 7: expected `=` or `!=` after `source`");
  EXPECT_EQ(told("source ="), "filter, column 9: expected a value");
  EXPECT_EQ(told("source < x"), "filter, column 8: expected `=` or `!=` after `source`");
  EXPECT_EQ(told("title = \"x"), "filter, column 9: the quote is not closed");
  EXPECT_EQ(told("title = two words"), "filter, column 13: expected `and`; a value with blanks stands in quotes");
  EXPECT_EQ(told("kb = a or kb = b"), "filter, column 8: `or` is not known yet; only `and` joins comparisons");
  EXPECT_EQ(told("kb = a and"), "filter, column 11: expected a field, such as `source = handbook`");
  EXPECT_EQ(told("title = 가 나"), "filter, column 11: expected `and`; a value with blanks stands in quotes");
  EXPECT_EQ(told("not kb = a"), "filter, column 1: `not` is not known yet; write `kb != …`");
  EXPECT_EQ(told("kb = a and = b"), "filter, column 12: expected a field, such as `source = handbook`");
}

TEST(Expression, RefusesWhatNobodyTypes) {
  EXPECT_EQ(told(std::string(kExpressionBytesMax + 1, 'a')), "the filter is longer than 4096 bytes");
  EXPECT_EQ(told("kb = \xff"), "the filter is not UTF-8");
}

TEST(Suggest, NearWordsFarWordsAndParts) {
  const std::vector<std::string> known = {"chunk_size", "max_tokens", "path"};
  EXPECT_EQ(suggest("chunksize", known), "did you mean \"chunk_size\"?");
  EXPECT_EQ(suggest("tokens", known), "did you mean \"max_tokens\"?");
  EXPECT_EQ(suggest("paht", known), "did you mean \"path\"?");
  EXPECT_EQ(suggest("colour", known), "known are: chunk_size, max_tokens, path");
  EXPECT_EQ(suggest("x", {}), "remove it");
}

TEST(Suggest, DistanceCountsASwapOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", "acb"), 1u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggest, ShowsTextsOnOneLineAndShort) {
  EXPECT_EQ(shown("a\nb\x1b[31m\u0085"), "a\\nb\\x1b[31m\\x85");
  const std::string line(60, 'x');
  EXPECT_EQ(shown(line), line);
  EXPECT_EQ(shown(line + "y"), line + "…");
  EXPECT_EQ(shown("가\xff"), "가\ufffd");
}

}  // namespace
}  // namespace naru
