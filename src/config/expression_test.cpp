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
  EXPECT_TRUE(parsed) << text << ": " << told(text);
  if (!parsed) return false;
  return matches(*parsed, [](std::string_view field) -> std::vector<std::string> {
    if (field == "source") return {"handbook"};
    if (field == "path") return {"규정/인사 규정.md"};
    if (field == "language") return {"ko"};
    if (field == "date") return {"2024-05-31T09:10:11Z"};
    if (field == "meta.pages") return {"12"};
    if (field == "meta.tag") return {"red", "blue"};
    if (field == "meta.이름") return {"김"};
    return {};
  });
}

TEST(Expression, ComparesFieldsWithTexts) {
  EXPECT_TRUE(holds("source = handbook"));
  EXPECT_TRUE(holds("source=handbook"));
  EXPECT_TRUE(holds("source == \"handbook\""));
  EXPECT_FALSE(holds("source = 'other'"));
  EXPECT_TRUE(holds("source != other"));
  EXPECT_FALSE(holds("source <> handbook"));
  EXPECT_TRUE(holds("path = \"규정/인사 규정.md\""));
  EXPECT_TRUE(holds("language < ko2 and language <= ko and language > k and language >= ko"));
  EXPECT_FALSE(holds("language < ko or language > ko"));
}

TEST(Expression, PrefixInExists) {
  EXPECT_TRUE(holds("path prefix 규정/"));
  EXPECT_FALSE(holds("path prefix 규칙"));
  EXPECT_TRUE(holds("path not prefix 규칙"));
  EXPECT_TRUE(holds("language in (en, ko)"));
  EXPECT_TRUE(holds("language IN('ko')"));
  EXPECT_FALSE(holds("language not in (en, ko)"));
  EXPECT_TRUE(holds("language exists and not title exists and title not exists"));
}

TEST(Expression, AndBindsCloserThanOrAndNotCloserThanBoth) {
  EXPECT_TRUE(holds("source = handbook and language = ko"));
  EXPECT_FALSE(holds("source = handbook AND language = en"));
  EXPECT_FALSE(holds("source = x and language = ko and path = y"));
  EXPECT_TRUE(holds("source = handbook or language = en and path = y"));
  EXPECT_FALSE(holds("(source = handbook or language = en) and path = y"));
  EXPECT_TRUE(holds("not source = x and language = ko"));
  EXPECT_FALSE(holds("NOT (source = x OR language = ko)"));
  EXPECT_TRUE(holds("not not (language = ko)"));
  EXPECT_TRUE(holds("not(language=en)and(((source=handbook)))"));
}

TEST(Expression, ADateStandsForAllThatItCovers) {
  EXPECT_TRUE(holds("date = 2024"));
  EXPECT_TRUE(holds("date = 2024-05 and date = 2024-05-31 and date = '2024-05-31 09:10'"));
  EXPECT_FALSE(holds("date = 2024-06 or date < 2024-05 or date > 2024-05"));
  EXPECT_TRUE(holds("date <= 2024-05-31 and date >= 2024-05-31"));
  EXPECT_FALSE(holds("date < 2024-05-31 or date > 2024-05-31"));
  EXPECT_TRUE(holds("date > 2023 and date < 2025 and date != 2023"));
  EXPECT_TRUE(holds("date in (2023, 2024)"));
  EXPECT_TRUE(holds("date >= \"2024년 5월 31일\""));
}

TEST(Expression, TheOwnFieldsOfDocuments) {
  EXPECT_TRUE(holds("meta.pages > 9"));         // as numbers
  EXPECT_FALSE(holds("meta.pages > '9'"));      // as texts
  EXPECT_TRUE(holds("meta.pages = 12.0 and meta.pages != 13 and meta.pages <= 12"));
  EXPECT_FALSE(holds("meta.pages = '12.0'"));
  EXPECT_FALSE(holds("meta.tag > 1 or meta.tag <= 1"));  // none is a number
  EXPECT_TRUE(holds("meta.tag = red and meta.tag = blue"));
  EXPECT_FALSE(holds("meta.tag != red"));
  EXPECT_TRUE(holds("meta.tag in (green, blue) and meta.tag prefix r"));
  EXPECT_TRUE(holds("meta.이름 = 김"));
  EXPECT_FALSE(holds("meta.author exists"));
}

TEST(Expression, OtherWordsMeanTheSameField) {
  EXPECT_TRUE(holds("flow = handbook"));
  EXPECT_TRUE(holds("doc = \"규정/인사 규정.md\""));
  EXPECT_EQ(parse_expression("doc = a").value().field, "path");
}

TEST(Expression, AFieldThatIsNotThereFulfilsNothing) {
  EXPECT_FALSE(holds("title = \"\" or title < z or title >= \"\" or title prefix \"\""));
  EXPECT_TRUE(holds("title != x"));
}

TEST(Expression, DecomposedHangulIsTheSameText) {
  EXPECT_TRUE(holds("meta.이름 = \xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7"));
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
            "filter, column 1: unknown field \"colour\"; known are: kb, source, flow, path, doc, title, language, "
            "format, date; the own fields of documents are meta.NAME");
  const std::string operators = "expected =, !=, <, <=, >, >=, `in`, `prefix` or `exists` after ";
  EXPECT_EQ(told("source"), "filter, column 7: " + operators + "`source`");
  EXPECT_EQ(told("source like x"), "filter, column 8: " + operators + "`source`");
  EXPECT_EQ(told("source not = x"), "filter, column 12: " + operators + "`not`");
  EXPECT_EQ(told("source ="), "filter, column 9: expected a value");
  EXPECT_EQ(told("source = (x)"), "filter, column 10: expected a value; one with signs or blanks stands in quotes");
  EXPECT_EQ(told("title = \"x"), "filter, column 9: the quote is not closed");
  EXPECT_EQ(told("title = two words"),
            "filter, column 13: expected `and` or `or`; a value with blanks stands in quotes");
  EXPECT_EQ(told("kb = a and"), "filter, column 11: expected a field, such as `source = handbook`");
  EXPECT_EQ(told("title = 가 나"), "filter, column 11: expected `and` or `or`; a value with blanks stands in quotes");
  EXPECT_EQ(told("kb = a and = b"), "filter, column 12: expected a field, such as `source = handbook`");
  EXPECT_EQ(told("(kb = a"), "filter, column 8: the `(` is not closed");
  EXPECT_EQ(told("(kb = a b)"),
            "filter, column 9: expected `and`, `or` or `)`; a value with blanks stands in quotes");
  EXPECT_EQ(told("kb = a)"), "filter, column 7: there is no `(` to this `)`");
  EXPECT_EQ(told("kb in a"), "filter, column 7: expected `(` after `in`, as in `language in (ko, en)`");
  EXPECT_EQ(told("kb in (a b)"), "filter, column 10: expected `,` or `)`");
  EXPECT_EQ(told("kb in ()"), "filter, column 8: expected a value; one with signs or blanks stands in quotes");
  EXPECT_EQ(told("meta. = a"), "filter, column 1: expected a name after `meta.`, such as `meta.author`");
}

TEST(Expression, AValueOfTheWrongTypeIsNamed) {
  EXPECT_EQ(told("date > yesterday"),
            "filter, column 8: `date` is compared with a date such as 2024, 2024-05-31 or \"2024-05-31 09:00\", not "
            "with \"yesterday\"");
  EXPECT_EQ(told("kb = a or date in (2024, 2023-02-30)").substr(0, 53),
            "filter, column 26: `date` is compared with a date suc");
  EXPECT_EQ(told("date prefix 2024"),
            "filter, column 13: `date` is a date and has no prefix; write `date = 2024-05`");
}

TEST(Expression, RefusesWhatNobodyTypes) {
  EXPECT_EQ(told(std::string(kExpressionBytesMax + 1, 'a')), "the filter is longer than 4096 bytes");
  EXPECT_EQ(told("kb = \xff"), "the filter is not UTF-8");
  const auto deep = [](std::size_t depth) {
    return std::string(depth, '(') + "kb = a" + std::string(depth, ')');
  };
  EXPECT_EQ(told(deep(kExpressionDepthMax)), "");
  EXPECT_NE(told(deep(kExpressionDepthMax + 1)).find("inside one another"), std::string::npos);
  std::string negations;
  for (int i = 0; i < 900; ++i) negations += "not ";
  EXPECT_NE(told(negations + "kb = a").find("inside one another"), std::string::npos);
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
