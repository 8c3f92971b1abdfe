#include "generate/evidence.h"

#include <gtest/gtest.h>

#include "generate/testing.h"

namespace naru {
namespace {

std::vector<Passage> passages_for(const std::string& question, const std::vector<std::string>& texts,
                                  QuestionTerms& terms) {
  terms = testing::terms_of_question(question);
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Hit hit;
    hit.chunk.doc = std::to_string(i);
    hit.chunk.text = texts[i];
    hits.push_back(std::move(hit));
  }
  return choose_passages(hits, terms, PackOptions{});
}

TEST(Evidence, WithoutPassagesThereIsNone) {
  EXPECT_LT(judge_evidence(QuestionTerms("x", {}, 0), {}, false).score, kEvidenceMin);
  EXPECT_LT(judge_evidence(QuestionTerms("x", {}, 0), {}, true).score, kEvidenceMin);
}

TEST(Evidence, WordsOfTheQuestionInOneSentenceAreStrongAndNoneAreWeak) {
  QuestionTerms terms("", {}, 0);
  const auto strong = passages_for("When does the Seoul office open?", {"The Seoul office opens at nine."}, terms);
  EXPECT_GE(judge_evidence(terms, strong, false).score, kEvidenceMin);
  const auto weak = passages_for("When does the Seoul office open?", {"Cats sleep all day."}, terms);
  EXPECT_LT(judge_evidence(terms, weak, false).score, kEvidenceMin);
}

TEST(Evidence, ASentenceNearInMeaningIsStrongWithoutTheWords) {
  QuestionTerms terms("", {}, 0);
  std::vector<Passage> passages =
      passages_for("반품은 며칠 안에?", {"환불은 14일 이내에 됩니다. 배송은 빠릅니다."}, terms);
  passages[0].sentences[0].similarity = 0.93;
  passages[0].sentences[1].similarity = 0.80;
  EXPECT_GE(judge_evidence(terms, passages, true).score, kEvidenceMin);
  passages[0].sentences[0].similarity = 0.82;
  EXPECT_LT(judge_evidence(terms, passages, true).score, kEvidenceMin);
}

TEST(Evidence, TitlesAreNeverExtracted) {
  QuestionTerms terms("", {}, 0);
  std::vector<Passage> passages = {testing::passage_of("Opening hours\n\nFrom nine.", {"Opening hours"})};
  const std::vector<Extract> extracts = extract_sentences(passages, 5);
  ASSERT_EQ(extracts.size(), 1U);
  EXPECT_EQ(extracts[0].sentence, 1U);
}

TEST(Evidence, APassageWithTheBestSentenceMovesUp) {
  QuestionTerms terms("", {}, 0);
  std::vector<Passage> passages = passages_for("Seoul office", {"Cats sleep.", "The Seoul office opens."}, terms);
  rerank(passages);
  EXPECT_EQ(passages[0].hit.chunk.doc, "1");
}

}  // namespace
}  // namespace naru
