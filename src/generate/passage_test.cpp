#include "generate/passage.h"

#include <gtest/gtest.h>

#include "generate/prompt.h"
#include "generate/testing.h"

namespace naru {
namespace {

using testing::passage_of;

Hit hit_of(const std::string& doc, const std::string& text, double lexical = 1) {
  Hit hit;
  hit.chunk.doc = doc;
  hit.chunk.text = text;
  hit.lexical = lexical;
  return hit;
}

std::size_t count_words(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

TEST(Passages, EqualChunksAreOneAndTellInHowManyOtherDocumentsTheyStand) {
  const std::vector<Hit> hits = {hit_of("a", "Same text."), hit_of("b", "Same text."), hit_of("b", "Same text."),
                                 hit_of("c", "Other text."), hit_of("d", "Same text.")};
  const std::vector<Passage> passages = choose_passages(hits, testing::terms_of_question("text"), PackOptions{});
  ASSERT_EQ(passages.size(), 2U);
  EXPECT_EQ(passages[0].also_in, 2U);
  EXPECT_EQ(passages[1].also_in, 0U);
}

TEST(Passages, AQuestionInATextIsATitleNotAnAnswer) {
  const Passage passage = passage_of("데비안은 어떻게 발음하나요? 데비안은 뎁-이-엔으로 발음합니다.");
  ASSERT_EQ(passage.sentences.size(), 2U);
  EXPECT_TRUE(passage.sentences[0].heading);
  EXPECT_FALSE(passage.sentences[1].heading);
  EXPECT_TRUE(passage_of("2.1.\n\nNames").sentences.front().heading);
}

TEST(Passages, TheBestHitOfTheLexicalLegIsAlwaysAmongThem) {
  std::vector<Hit> hits;
  for (int i = 0; i < 12; ++i)
    hits.push_back(hit_of("d" + std::to_string(i), "Text " + std::to_string(i), i == 9 ? 5 : 1));
  const std::vector<Passage> passages = choose_passages(hits, testing::terms_of_question("text"), PackOptions{});
  ASSERT_EQ(passages.size(), PackOptions{}.passages_max);
  EXPECT_EQ(passages.front().hit.chunk.doc, "d0");
  EXPECT_EQ(passages.back().hit.chunk.doc, "d9");
}

TEST(Passages, WindowsHoldTheBestSentenceAndStayWithinTheBudget) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "Sentence number " + std::to_string(i) + " is here. ";
  std::vector<Passage> passages = {passage_of(text), passage_of(text + "x"), passage_of(text + "y")};
  PackOptions options;
  options.tokens_max = 60;
  options.tokens_per_passage = 40;
  pack_context(passages, [](const Passage&, std::size_t i) { return i == 20 ? 1.0 : 0.0; }, count_words, options);
  EXPECT_NE(passages[0].text().find("number 20 "), std::string::npos);
  EXPECT_LE(count_words(passages[0].text()), 40U);
  std::size_t all = 0;
  for (const Passage& passage : passages) all += passage.first < passage.last ? count_words(passage.text()) : 0;
  EXPECT_LE(all, 60U);
}

TEST(Passages, HeadingsRowsAndLinesComeFromTheBlocks) {
  ChunkView chunk;
  chunk.text = "Fees\n\nSofa | 8,000\nChair | 3,000\n\nPay at once. Keep the receipt.";
  chunk.blocks = {{BlockKind::heading, 0, 4}, {BlockKind::table, 6, 32}, {BlockKind::paragraph, 34, chunk.text.size()}};
  const std::vector<Sentence> sentences = sentences_of(chunk);
  ASSERT_EQ(sentences.size(), 5U);
  EXPECT_TRUE(sentences[0].heading);
  EXPECT_EQ(sentences[1].text, "Sofa | 8,000");
  EXPECT_EQ(sentences[2].text, "Chair | 3,000");
  EXPECT_EQ(sentences[4].text, "Keep the receipt.");
  for (const Sentence& sentence : sentences) {
    EXPECT_EQ(chunk.text.substr(sentence.start, sentence.end - sentence.start), sentence.text);
  }
}

TEST(QuestionTerms, WordsThatAskWeighNothingAndRareOnesMost) {
  const QuestionTerms terms("연차는 며칠인가요?", {{"연차", 1, 1, 0}}, 100);
  ASSERT_EQ(terms.words().size(), 1U);
  EXPECT_GT(terms.coverage({"연차"}), 0.6);  // the beginning of a word is most of it
  const QuestionTerms rare("annual parking", {{"annual", 1, 90, 0}, {"park", 1, 1, 0}}, 100);
  EXPECT_GT(rare.coverage({"park"}), 0.9);
  EXPECT_DOUBLE_EQ(QuestionTerms("", {}, 0).coverage({"x"}), 0.0);
}

TEST(Prompt, IsInTheLanguageOfTheQuestionAndLeavesOutEmptyWindows) {
  std::vector<Passage> passages = {passage_of("하나다."), passage_of("둘이다.")};
  passages[1].last = passages[1].first;
  const std::vector<Message> korean = build_prompt("몇인가?", passages, question_language("몇인가?"));
  EXPECT_TRUE(korean[0].content.find("한국어로") != std::string::npos);
  EXPECT_EQ(korean[1].content.find("둘이다"), std::string::npos);
  const std::vector<Message> english = build_prompt("How many?", passages, question_language("How many?"));
  EXPECT_TRUE(english[0].content.find("Answer in English") != std::string::npos);
  EXPECT_EQ(question_language("\u1112\u1161\u11ab"), "ko") << "decomposed";
}

TEST(Prompt, KnowsARefusalInBothLanguages) {
  for (const char* text : {"NO ANSWER", "No answer.", "답 없음", "자료에 나와 있지 않습니다."}) {
    EXPECT_TRUE(says_no_answer(text)) << text;
  }
  EXPECT_FALSE(says_no_answer("The answer is 42."));
}

}  // namespace
}  // namespace naru
