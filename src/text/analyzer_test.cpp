#include "text/analyzer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "text/unicode.h"

namespace naru {
namespace {

bool has(const std::vector<std::string>& terms, const std::string& term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

TEST(Analyzer, GivesBigramsAndTheWordWithoutItsParticle) {
  const std::vector<std::string> terms = analyze("도서관에서");
  EXPECT_TRUE(has(terms, "도서"));
  EXPECT_TRUE(has(terms, "서관"));
  EXPECT_TRUE(has(terms, "도서관"));
  EXPECT_FALSE(has(terms, "에서"));
}

TEST(Analyzer, SplitsLatinFromAGluedParticle) {
  EXPECT_EQ(analyze("Sphinx를"), analyze("Sphinx"));
  EXPECT_TRUE(has(analyze("PDF파일"), "pdf"));
}

TEST(Analyzer, TreatsDecomposedHangulAsComposed) {
  EXPECT_EQ(analyze("\xe1\x84\x80\xe1\x85\xa1\xe1\x84\x82\xe1\x85\xa1\xe1\x84\x83\xe1\x85\xa1"), analyze("가나다"));
}

TEST(Analyzer, StemsAndDropsStopWords) {
  EXPECT_EQ(analyze("the running dogs"), (std::vector<std::string>{"run", "dog"}));
  EXPECT_FALSE(analyze_query("to be or not to be").empty());
}

TEST(Analyzer, KeepsIdentifiersAndNumbersWhole) {
  const std::vector<std::string> terms = analyze("max_tokens is 1,200 in v1.2.3 of readFile");
  EXPECT_TRUE(has(terms, "max_tokens"));
  EXPECT_TRUE(has(terms, "1200"));
  EXPECT_TRUE(has(terms, "v1.2.3"));
  EXPECT_TRUE(has(terms, "readfile"));
  EXPECT_TRUE(has(terms, "file"));
}

TEST(Analyzer, BoundsTerms) {
  for (const std::string& term : analyze(std::string(100'000, 'x'))) EXPECT_LE(term.size(), kTermBytesMax);
}

using Terms = std::vector<std::string>;

TEST(Analyzer, AParticleLeavesNoTrace) {
  for (const std::string_view particle : {"은", "을", "에서", "에서는", "으로부터", "입니다"}) {
    EXPECT_EQ(analyze(std::string("도서관").append(particle)), analyze("도서관")) << particle;
    EXPECT_EQ(analyze(std::string("역사").append(particle)), analyze("역사")) << particle;
  }
  EXPECT_EQ(analyze("도서관"), (Terms{"도서", "서관", "도서관"}));
}

TEST(Analyzer, AWordOfTwoSyllablesIsItsBigramAndAWord) {
  EXPECT_EQ(analyze("역사"), (Terms{"역사", "=역사"}));
  EXPECT_TRUE(has(analyze("역사책"), "역사"));
  EXPECT_FALSE(has(analyze("역사책"), "=역사"));
}

TEST(Analyzer, ShortWordsMayBeASyllableWithItsParticleOrNot) {
  EXPECT_EQ(analyze("집은"), (Terms{"집은", "집"}));
  EXPECT_EQ(analyze("집"), (Terms{"집"}));
  EXPECT_TRUE(has(analyze("나이"), "나이"));
}

TEST(Analyzer, ANumberKeepsItsCounterAndLosesItAlone) {
  EXPECT_EQ(analyze("2019년에"), (Terms{"2019", "2019년"}));
  EXPECT_EQ(analyze("1,200원"), (Terms{"1200", "1200원"}));
  EXPECT_EQ(analyze("제2차"), (Terms{"제", "2", "2차"}));
  EXPECT_EQ(analyze("5만"), (Terms{"5"}));
}

TEST(Analyzer, AcronymsMeetTheirSpellingWithoutStops) {
  EXPECT_EQ(analyze("U.S."), analyze("US"));
  EXPECT_EQ(analyze("U.S.A"), (Terms{"usa"}));
  EXPECT_EQ(analyze("i.e. this"), (Terms{"ie"}));
}

TEST(Analyzer, AccentsAndCaseDoNotPart) {
  EXPECT_EQ(analyze("Vasco Núñez"), analyze("vasco nunez"));
  EXPECT_EQ(analyze("Łódź Ærø"), analyze("Lodz Aero"));
  EXPECT_EQ(analyze("ÉCOLE"), analyze("école"));
}

TEST(Analyzer, TheRestOfAWordAfterItsApostropheIsDropped) {
  EXPECT_EQ(analyze("Debian's"), analyze("Debian"));
  EXPECT_EQ(analyze("Debian’s"), analyze("Debian"));
  EXPECT_EQ(analyze("'quoted'"), analyze("quoted"));
}

TEST(Analyzer, QuestionWordsAreInTextsAndNotInQuestions) {
  const auto words = [](std::string_view query) {
    Terms out;
    for (const QueryTerm& term : analyze_query(query)) out.push_back(term.term);
    return out;
  };
  EXPECT_EQ(words("수도는 무엇인가요?"), words("수도"));
  EXPECT_EQ(words("임기는 언제부터 언제까지인가요"), words("임기"));
  EXPECT_EQ(words("주는 몇개인가"), words("주는"));
  EXPECT_TRUE(has(analyze("무엇인가요"), "무엇"));
  EXPECT_FALSE(words("무엇인가요?").empty());  // nothing else is asked
  EXPECT_EQ(words("Where is the library?"), words("library"));
}

TEST(Analyzer, TheWholeOfALongWordAddsLessThanItsBigrams) {
  std::map<std::string, float> weights;
  for (const QueryTerm& term : analyze_query("역사 세계대전 2019년")) weights[term.term] = term.weight;
  EXPECT_EQ(weights["역사"], 1.0F);
  EXPECT_EQ(weights["세계"], 1.0F);
  EXPECT_GT(weights["=역사"], weights["세계대전"]);
  EXPECT_LT(weights["=역사"], 1.0F);
  EXPECT_LT(weights["2019년"], weights["2019"]);
  EXPECT_EQ(analyze_query("역사의 역사").front().weight, 2.0F);
}

TEST(Analyzer, OtherScripts) {
  EXPECT_EQ(analyze("東京都 カナ"), (Terms{"東京", "京都", "カナ"}));
  EXPECT_EQ(analyze("Привет МИР"), (Terms{"привет", "мир"}));
  EXPECT_EQ(analyze("٣"), (Terms{"٣"}));
  EXPECT_TRUE(analyze(" .,!? -- \u3000").empty());
  EXPECT_TRUE(analyze("").empty());
}

TEST(Analyzer, BrokenBytesGiveTheTermsAroundThem) {
  EXPECT_EQ(analyze("library\xff books"), analyze("library books"));
  EXPECT_EQ(analyze("\xe1\x84 도서"), analyze("도서"));
}

TEST(Unicode, RepairsBrokenBytesAndFoldsWhiteSpace) {
  EXPECT_FALSE(is_valid_utf8("a\xff"));
  EXPECT_EQ(repair_utf8("a\xff"), "a\xef\xbf\xbd");
  EXPECT_EQ(fold_white_space("  a \n\t b  "), "a b");
  EXPECT_EQ(nfc("e\xcc\x81"), "\xc3\xa9");
}

TEST(Analyzer, PlacesCountWordsAndGoOnInsideARunOfHan) {
  using Places = std::vector<std::uint32_t>;
  const PlacedTerms phrase = analyze_places("The state of the art");
  EXPECT_EQ(phrase.terms, (TermList{"state", "art"}));
  EXPECT_EQ(phrase.positions, (Places{1, 4}));
  const PlacedTerms korean = analyze_places("도서관에서 max_tokens");
  EXPECT_EQ(korean.terms, (TermList{"도서", "서관", "도서관", "max_tokens", "max", "token"}));
  EXPECT_EQ(korean.positions, (Places{0, 0, 0, 1, 1, 1}));
  const PlacedTerms han = analyze_places("東京都 a1");
  EXPECT_EQ(han.terms, (TermList{"東京", "京都", "a1", "a", "1"}));
  EXPECT_EQ(han.positions, (Places{0, 1, 2, 2, 2}));
  for (const char* text : {"", "Sphinx를 2019년에", "東京都カナ", "don't U.S.A. 역사"}) {
    const PlacedTerms placed = analyze_places(text);
    EXPECT_EQ(placed.terms.strings(), analyze(text));
    EXPECT_EQ(placed.positions.size(), placed.terms.size());
    EXPECT_TRUE(std::is_sorted(placed.positions.begin(), placed.positions.end()));
  }
}

}  // namespace
}  // namespace naru
