#include "generate/support.h"

#include <gtest/gtest.h>

#include "generate/testing.h"

namespace naru {
namespace {

using testing::passage_of;

Alignment align(std::string_view sentence, const std::vector<Passage>& passages) {
  return Aligner(passages).align(sentence);
}

void expect_dropped(std::string_view sentence, const std::vector<Passage>& passages, Unsupported reason) {
  const Alignment alignment = align(sentence, passages);
  EXPECT_FALSE(alignment.support.has_value()) << sentence;
  EXPECT_EQ(unsupported_name(alignment.reason), unsupported_name(reason)) << sentence;
}

TEST(Support, AlignsASentenceWithTheSpanThatSaysIt) {
  const std::vector<Passage> passages = {
      passage_of("The office opens at nine. The warehouse closes at 18:30 on Fridays."),
      passage_of("Employees receive 15 days of annual leave after one year of service.")};
  const Alignment alignment = align("Annual leave is 15 days after one year of service.", passages);
  ASSERT_TRUE(alignment.support.has_value());
  EXPECT_EQ(alignment.support->passage, 1U);
  EXPECT_GE(alignment.support->score, kSupportMin);
}

TEST(Support, RefusesAnotherNumberUnitOrDate) {
  const std::vector<Passage> passages = {passage_of(
      "Employees receive 15 days of annual leave after one year of service. The rule holds since March 5, 2024.")};
  expect_dropped("Employees receive 25 days of annual leave after one year of service.", passages,
                 Unsupported::numbers);
  expect_dropped("Employees receive 15 hours of annual leave after one year of service.", passages,
                 Unsupported::numbers);
  expect_dropped("The rule holds since March 6, 2024.", passages, Unsupported::numbers);
  EXPECT_TRUE(align("The rule holds since 2024-03-05.", passages).support.has_value());
}

TEST(Support, ALatinWordInAKoreanSentenceIsCopiedNotMade) {
  const std::vector<Passage> passages = {
      passage_of("프로젝트 이름은 Deb-ee-en으로 발음하며, Deb의 짧은 e 발음과 함께 첫 음절을 강조합니다.")};
  expect_dropped("이름은 deb-deen으로 발음하며, Deb의 짧은 발음과 함께 첫 음절을 강조합니다.", passages,
                 Unsupported::names);
  EXPECT_TRUE(align("이름은 deb-ee-en으로 발음하며 첫 음절을 강조합니다.", passages).support.has_value());
}

TEST(Support, RefusesADenialOfWhatTheSpanAffirms) {
  const std::vector<Passage> passages = {passage_of("Contractors receive annual leave after one year.")};
  expect_dropped("Contractors do not receive annual leave after one year.", passages, Unsupported::negation);
}

TEST(Support, RefusesAnOppositeAndAnotherName) {
  const std::vector<Passage> passages = {passage_of("Smoking is prohibited in the office in London, also after work.")};
  expect_dropped("Smoking is allowed in the office in London after work.", passages, Unsupported::opposite);
  expect_dropped("Smoking is prohibited in the office in Paris after work.", passages, Unsupported::names);
}

TEST(Support, RefusesWordsThatNoPassageHas) {
  expect_dropped("Paris is the capital of France.", {passage_of("The office opens at nine.")}, Unsupported::words);
}

TEST(Support, AlignsKoreanAcrossParticlesAndEndings) {
  const std::vector<Passage> passages = {
      passage_of("연차 휴가는 입사 1년 후 15일이 주어진다. 신청은 팀장에게 한다."),
  };
  const Alignment alignment = align("연차 휴가는 입사 1년 후에 15일이 주어집니다.", passages);
  ASSERT_TRUE(alignment.support.has_value());
  EXPECT_EQ(alignment.support->first, 0U);
  EXPECT_EQ(alignment.support->last, 1U);
  EXPECT_FALSE(align("연차 휴가는 입사 1년 후에 20일이 주어집니다.", passages).support.has_value());
  expect_dropped("연차 휴가는 입사 1년 후에 15일이 주어지지 않습니다.", passages, Unsupported::negation);
}

TEST(Support, AlignsDecomposedHangul) {
  const std::vector<Passage> passages = {passage_of("휴가는 15일이다.")};
  // 휴가는 15일이다. in NFD
  EXPECT_TRUE(
      align("\u1112\u1172\u1100\u1161\u1102\u1173\u11ab 15\u110b\u1175\u11af\u110b\u1175\u1103\u1161.", passages)
          .support.has_value());
}

TEST(Support, TitlesSayWhatASpanIsAboutButDoNotAnswer) {
  Passage passage = passage_of("Annual leave\n\nIt is 15 days after one year.", {"Annual leave"});
  const std::vector<Passage> passages = {passage};
  const Alignment alignment = align("Annual leave is 15 days after one year.", passages);
  ASSERT_TRUE(alignment.support.has_value());
  EXPECT_EQ(alignment.support->first, 1U);
  EXPECT_FALSE(align("Annual leave.", passages).support.has_value());
}

TEST(Support, OfTwoEqualSpansTheOneNearerToTheQuestionIsTaken) {
  const std::vector<Passage> passages = {passage_of("Parental leave is 15 days."),
                                         passage_of("Annual leave is 15 days.")};
  const QuestionTerms question = testing::terms_of_question("How long is annual leave?");
  const Alignment alignment = Aligner(passages, &question).align("It is 15 days.");
  ASSERT_TRUE(alignment.support.has_value());
  EXPECT_EQ(alignment.support->passage, 1U);
}

TEST(Support, AWordOfTheQuestionIsNotBorrowedForASpanWithoutIt) {
  const std::vector<Passage> passages = {passage_of("Employees receive 15 days of annual leave.")};
  const QuestionTerms question = testing::terms_of_question("Do contractors receive annual leave?");
  const Aligner aligner(passages, &question);
  EXPECT_FALSE(aligner.align("Contractors receive 15 days of annual leave.").support.has_value());
  EXPECT_TRUE(aligner.align("Employees receive 15 days of annual leave.").support.has_value());
}

TEST(Support, EveryExtractedSentenceSupportsItself) {
  const std::vector<Passage> passages = {
      passage_of("환불은 구매 후 14일 이내에만 됩니다. 할인 상품은 환불되지 않습니다. If it is not renewed, the "
                 "licence expires in 2026. "
                 "요금은 월 3만 5천 원이다. Call +82 2-123-4567 or write to help@example.com.")};
  for (const Sentence& sentence : passages[0].sentences) {
    EXPECT_TRUE(align(sentence.text, passages).support.has_value()) << sentence.text;
  }
}

}  // namespace
}  // namespace naru
