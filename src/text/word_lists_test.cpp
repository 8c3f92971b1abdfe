#include "text/word_lists.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

std::vector<std::string> terms_of(const WordLists& lists, const std::string& query) {
  std::vector<QueryTerm> terms = analyze_query(lists.without_stop_words(query));
  lists.expand(query, terms);
  std::vector<std::string> names;
  for (const QueryTerm& term : terms) names.push_back(term.term);
  return names;
}

bool has(const std::vector<std::string>& terms, const std::string& term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

TEST(WordLists, SynonymsStandForEachOtherOrOneWay) {
  WordLists lists;
  EXPECT_TRUE(lists.add_synonyms("# ours\n연차, annual leave\nPTO => holiday  # one way\n\n").empty());
  EXPECT_TRUE(has(terms_of(lists, "연차를 쓰려면"), "annual"));
  EXPECT_TRUE(has(terms_of(lists, "Annual Leaves"), "연차"));
  EXPECT_TRUE(has(terms_of(lists, "pto"), "holiday"));
  EXPECT_FALSE(has(terms_of(lists, "holiday"), "pto"));
  EXPECT_FALSE(has(terms_of(lists, "leave annual"), "연차"));
}

TEST(WordLists, AFileNamesItsVersionOrHasThatOfItsHash) {
  const auto version = [](std::string_view text) { return word_list_version("synonyms", "s.txt", text).version; };
  EXPECT_EQ(version("# ours\n\n#  version:  2026-03 b \nversion: 1, b\n"), "2026-03 b");
  EXPECT_EQ(version("\r\n# version: 7\r\npump, motor\r\n"), "7");
  const std::string bare = "pump, motor\n# version: 8\n";  // below what it is the version of
  EXPECT_EQ(version(bare), sha256(bare).hex().substr(0, 12));
  EXPECT_EQ(version("# version:\n").size(), 12U);
  EXPECT_EQ(version("").size(), 12U);
  const std::string korean = version("# version: " + std::string(2, 'x') + "가나다라마바사아자차카타파하가나다라마바사아자차카타파하");
  EXPECT_LE(korean.size(), kWordListVersionBytesMax);
  EXPECT_TRUE(korean.ends_with("라") || korean.ends_with("마") || korean.ends_with("바")) << korean;  // no half letter
  EXPECT_NE(word_list_version("synonyms", "s.txt", "# version: 7\na, b").sha256,
            word_list_version("synonyms", "s.txt", "# version: 7\na, c").sha256);
}

TEST(WordLists, ASynonymWeighsLessAndAHouseTermMore) {
  WordLists lists;
  lists.add_synonyms("pump, compressor");
  lists.add_house_terms("night shift");
  std::vector<QueryTerm> terms = analyze_query("pump night shift");
  const std::vector<AppliedSynonym> applied = lists.expand("pump night shift", terms);
  ASSERT_EQ(applied.size(), 1U);
  EXPECT_EQ(applied[0].typed, "pump");
  ASSERT_EQ(terms.size(), 4U);
  EXPECT_EQ(terms[0].weight, 1.0F);
  EXPECT_EQ(terms[1].weight, kHouseTermWeight);
  EXPECT_EQ(terms[3].term, "compressor");
  EXPECT_EQ(terms[3].weight, kSynonymWeight);
}

TEST(WordLists, StopWordsGoUnlessNothingElseIsAsked) {
  WordLists lists;
  lists.add_stop_words("문서\nfile");
  EXPECT_EQ(lists.without_stop_words("안내 문서를 보고"), "안내 보고");
  EXPECT_EQ(lists.without_stop_words("File 문서"), "File 문서");
}

TEST(WordLists, AConditionIsWidenedAndAnExclusionIsNot) {
  WordLists lists;
  lists.add_synonyms("연차, 휴가");
  ParsedQuery query = *parse_query("+연차 -연차");
  for (QueryCondition& condition : query.conditions) lists.widen(condition.node);
  EXPECT_EQ(query_text(query.conditions[0].node), "(연차 OR 휴가)");
  EXPECT_EQ(query_text(query.conditions[1].node), "NOT 연차");
}

TEST(WordLists, EveryMistakeHasItsLine) {
  WordLists lists;
  const std::vector<WordListMistake> mistakes = lists.add_synonyms("a1, b1\nonly\n,x\nthe, of\nc1 => d1");
  ASSERT_EQ(mistakes.size(), 3U);
  EXPECT_EQ(mistakes[0].line, 2U);
  EXPECT_EQ(mistakes[1].line, 3U);
  EXPECT_EQ(mistakes[2].line, 4U);
  EXPECT_EQ(lists.add_stop_words("two words").size(), 1U);
  EXPECT_FALSE(lists.empty());
  EXPECT_TRUE(lists.knows("A1"));
}

}  // namespace
}  // namespace naru
