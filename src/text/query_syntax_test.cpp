#include "text/query_syntax.h"

#include <gtest/gtest.h>

#include "text/analyzer.h"
#include "text/unicode.h"

namespace naru {
namespace {

// A condition as one line: all(a, none(b)), title:"x y", front*.
std::string line_of(const QueryNode& node) {
  const std::string field = node.field ? std::string(query_field_name(*node.field)) + ":" : "";
  if (node.kind == QueryNode::Kind::phrase) {
    return field + (node.text.find(' ') == std::string::npos ? node.text : '"' + node.text + '"');
  }
  if (node.kind == QueryNode::Kind::prefix) return field + node.text + "*";
  std::string line = node.kind == QueryNode::Kind::all ? "all(" : node.kind == QueryNode::Kind::any ? "any(" : "none(";
  for (std::size_t i = 0; i < node.children.size(); ++i) line += (i > 0 ? ", " : "") + line_of(node.children[i]);
  return line + ")";
}

std::string line_of(const ParsedQuery& query) {
  std::string line = query.plain + " |";
  for (const QueryCondition& condition : query.conditions) {
    line += " " + line_of(condition.node) + (condition.gives_way ? "?" : "");
  }
  return line;
}

std::string read(std::string_view query) {
  const Result<ParsedQuery> parsed = parse_query(query);
  return parsed ? line_of(*parsed) : "error: " + parsed.error().message();
}

std::size_t notes(std::string_view query) { return parse_query(query)->notes.size(); }

TEST(QuerySyntax, BareWordsAreRankedByAsTheyWereTyped) {
  EXPECT_EQ(read("annual  leave?"), "annual  leave? |");
  EXPECT_EQ(read("API (REST) well-known 연차(휴가)는 -5 it's 3 * 4"), "API (REST) well-known 연차(휴가)는 -5 it's 3 * 4 |");
  EXPECT_EQ(read("http://a.b/c std::vector 10:30 제목:휴가"), "http://a.b/c std::vector 10:30 제목:휴가 |");
  EXPECT_EQ(notes("annual leave? 10:30 http://a.b std::vector well-known -5"), 0U);
}

TEST(QuerySyntax, SignsRequireAndExclude) {
  EXPECT_EQ(read("+leave annual -draft"), "leave annual | leave none(draft)");
  EXPECT_EQ(read("휴가 -초안 +연차"), "휴가 연차 | none(초안) 연차");
  EXPECT_EQ(read("-(a1 b1) c"), "c | none(any(a1, b1))");
}

TEST(QuerySyntax, OperatorsBindAsTheyRead) {
  EXPECT_EQ(read("annual leave AND 2024"), "annual leave 2024 | any(annual, leave) 2024");
  EXPECT_EQ(read("cats OR dogs"), "cats dogs | any(cats, dogs)");
  EXPECT_EQ(read("cats OR dogs AND birds"), "cats dogs birds | any(cats, all(dogs, birds))");
  EXPECT_EQ(read("cats NOT dogs"), "cats | none(dogs)");
  EXPECT_EQ(read("cats AND NOT (dogs OR birds)"), "cats | cats none(any(dogs, birds))");
  EXPECT_EQ(read("(cats OR dogs) food"), "cats dogs food | any(cats, dogs)");
  EXPECT_EQ(read("cats or dogs and not birds"), "cats or dogs and not birds |");
}

TEST(QuerySyntax, PhrasesGiveWayUnlessTheyAreRequired) {
  EXPECT_EQ(read("who wrote \"war and peace\""), "who wrote war and peace | \"war and peace\"?");
  EXPECT_EQ(read("+\"war and peace\""), "war and peace | \"war and peace\"");
  EXPECT_EQ(read("“연차 휴가”는"), "연차 휴가 | \"연차 휴가\"?");
  EXPECT_EQ(read("「연차 휴가」 규정"), "연차 휴가 규정 | \"연차 휴가\"?");
  EXPECT_EQ(read("\"the of\" pump"), "the of pump |");
}

TEST(QuerySyntax, PrefixesAreFolded) {
  const ParsedQuery query = *parse_query("Retriev* 도서*");
  EXPECT_EQ(query.prefixes, (std::vector<std::string>{"retriev", "도서"}));
  EXPECT_EQ(line_of(query), "Retriev 도서 |");
  EXPECT_EQ(read("+Retriev*"), "Retriev | retriev*");
  EXPECT_EQ(notes("*x a*b well-kn*"), 3U);
}

TEST(QuerySyntax, FieldsAreConditions) {
  EXPECT_EQ(read("title:휴가 규정"), "휴가 규정 | title:휴가");
  EXPECT_EQ(read("FILE:\"hr/leave.md\""), "hr/leave.md | file:hr/leave.md");
  EXPECT_EQ(read("heading:leav* -body:draft"), "leav | heading:leav* none(body:draft)");
  EXPECT_EQ(read("colour:red"), "colour:red |");
  EXPECT_EQ(notes("colour:red"), 1U);
}

TEST(QuerySyntax, WhatIsMalformedIsReadAsWordsAndSaidSo) {
  for (const std::string_view query :
       {"\"annual leave", "annual - leave", ") leave (", "AND leave", "leave OR", "NOT", "a AND AND b", "(leave",
        "leave)", "“연차", "+", "()", "colour:red", "leave AND )"}) {
    const Result<ParsedQuery> parsed = parse_query(query);
    ASSERT_TRUE(parsed.has_value()) << query;
    EXPECT_EQ(parsed->notes.empty(), query == "()") << query;
  }
  EXPECT_EQ(read("\"annual leave"), "\"annual leave |");
  EXPECT_EQ(read("a1 AND AND b1"), "a1 AND b1 | a1 b1");
}

TEST(QuerySyntax, AQueryInDecomposedHangulIsTheSame) {
  const std::string decomposed = "\xe1\x84\x80\xe1\x85\xa1\xe1\x84\x82\xe1\x85\xa1";  // 가나
  EXPECT_EQ(read("+" + decomposed), read("+가나"));
}

TEST(QuerySyntax, SizeIsLimitedAndDepthIsNot) {
  std::string clauses, deep;
  for (std::size_t i = 0; i <= kQueryClausesMax; ++i) clauses += "+w" + std::to_string(i) + " ";
  EXPECT_EQ(parse_query(clauses).error().code(), Code::invalid_argument);
  for (int i = 0; i < 10'000; ++i) deep += "(-(";
  EXPECT_TRUE(parse_query(deep + "x").has_value());
  std::string negated;
  for (int i = 0; i < 5'000; ++i) negated += "NOT ";
  EXPECT_TRUE(parse_query(negated + "x").has_value());
}

// ---- phrases and prefixes on analysed text -------------------------------------------------------------------------

bool occurs(std::string_view phrase, std::string_view text) {
  return phrase_occurs(analyze_phrase(phrase), analyze_places(text));
}

TEST(Phrase, MatchesKoreanAsTypedTextWould) {
  EXPECT_TRUE(occurs("도서관 이용", "중앙도서관 이용안내"));
  EXPECT_TRUE(occurs("도서관 이용", "도서관에서 이용할 때"));
  EXPECT_TRUE(occurs("도서관 이용 안내", "도서관의 이용 안내문"));
  EXPECT_TRUE(occurs("도서관 이용", "도서관사업 이용"));  // a part of the word in its place
  EXPECT_FALSE(occurs("도서관 이용", "이용 도서관"));
  EXPECT_FALSE(occurs("도서관 이용", "도서관 무료 이용"));
  EXPECT_FALSE(occurs("도서관", "도서 판매와 동서관계"));
  EXPECT_TRUE(occurs("집 크기", "우리 집은 크기가"));
  EXPECT_TRUE(occurs("집 크기", "우리 집 크기"));
  EXPECT_TRUE(occurs("PDF 파일 열기", "PDF를 파일에서 열기"));
  EXPECT_TRUE(occurs("2019년 대회", "2019년에 대회를"));
}

TEST(Phrase, MatchesLatinByStemInOrder) {
  EXPECT_TRUE(occurs("annual leave", "the annual leaves of staff"));
  EXPECT_FALSE(occurs("annual leave", "leave is annual"));
  EXPECT_FALSE(occurs("annual leave", "annual paid leave"));
  EXPECT_TRUE(occurs("cat in the hat", "a cat in a hat"));
  EXPECT_FALSE(occurs("cat in the hat", "a cat hat"));
  EXPECT_TRUE(occurs("well-known", "well known"));
}

TEST(Phrase, EveryPhraseOccursInItsOwnText) {
  const std::string text = "중앙도서관에서 PDF파일을 2019년까지 이용한 집은 a.b_c U.S. 東京 max_tokens 1,200개";
  EXPECT_TRUE(occurs(text, text));
  EXPECT_TRUE(occurs(text, "앞 " + text + " 뒤"));
}

TEST(Prefix, FindsWordsThatBeginSo) {
  const auto begins = [](std::string_view prefix, std::string_view text) {
    for (const std::string& term : analyze(text)) {
      if (term_begins_with(term, analyze_prefix(prefix))) return true;
    }
    return false;
  };
  EXPECT_TRUE(begins("retriev", "retrieval of text"));
  EXPECT_TRUE(begins("retrieval", "retrieval of text"));
  EXPECT_TRUE(begins("도서", "도서관에서"));
  EXPECT_TRUE(begins("도서", "도서를"));
  EXPECT_FALSE(begins("서관", "도서관에서"));
  EXPECT_FALSE(begins("도서", "중앙도서관"));
  EXPECT_TRUE(begins("집", "집은 크다"));
  EXPECT_EQ(analyze_prefix("two words"), "");
  EXPECT_EQ(analyze_prefix("PDF파"), "");
}

}  // namespace
}  // namespace naru
