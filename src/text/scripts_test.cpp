#include "text/scripts.h"

#include <gtest/gtest.h>

#include <array>

namespace naru {
namespace {

double alike(std::string_view text, std::string_view others) {
  return written_as(script_shares(text), script_shares(others));
}

TEST(Scripts, WhatIsWrittenAlikeIsAllThere) {
  EXPECT_DOUBLE_EQ(alike("How many days of leave?", "Annual leave is fifteen days, see § 3."), 1.0);
  EXPECT_DOUBLE_EQ(alike("연차는 며칠인가요?", "연차 휴가는 15일입니다."), 1.0);
  EXPECT_DOUBLE_EQ(alike("東京の大学", "大学は東京にあります"), 1.0);
}

TEST(Scripts, AnotherScriptIsNotThere) {
  EXPECT_DOUBLE_EQ(alike("annual leave", "연차 휴가는 15일입니다."), 0.0);
  EXPECT_DOUBLE_EQ(alike("отпуск", "annual leave"), 0.0);
}

TEST(Scripts, AFewWordsOfAnotherScriptAreThereInPart) {
  const double part = alike("How do I set the kubelet's cluster domain?", "클러스터 도메인은 kubelet 설정에서 바꿀 수 있습니다.");
  EXPECT_GT(part, 0.1);
  EXPECT_LT(part, 0.7);
  // Korean that is half of code is asked in Korean as before.
  EXPECT_DOUBLE_EQ(alike("도메인을 바꾸려면?", "도메인을 바꾸려면 설정을 고칩니다: kubelet --cluster"), 1.0);
}

TEST(Scripts, AMixtureIsWrittenAsOneLikeIt) {
  EXPECT_DOUBLE_EQ(alike("kubelet 도메인 설정", "설정: kubelet, 도메인"), 1.0);
  EXPECT_LT(alike("kubelet 도메인 설정", "the domain of a kubelet"), 0.7);
}

TEST(Scripts, WithoutLettersNothingIsKnown) {
  EXPECT_TRUE(script_shares("12:30, 45 %").empty());
  EXPECT_DOUBLE_EQ(alike("2024-03-05", "연차"), 1.0);
  EXPECT_DOUBLE_EQ(alike("leave", ""), 1.0);
}

TEST(Scripts, OfSeveralTextsEachCountsAsMuch) {
  const std::array<ScriptShares, 3> texts = {script_shares("a"), script_shares("가나다라마바사아자차"), script_shares("7")};
  const ScriptShares mean = mean_shares(texts);
  ASSERT_EQ(mean.size(), 2U);
  for (const auto& [script, share] : mean) EXPECT_DOUBLE_EQ(share, 0.5);
  EXPECT_TRUE(mean_shares({}).empty());
}

TEST(Scripts, BrokenBytesAreNoLetters) { EXPECT_TRUE(script_shares("\xff\xfe \xe3\x81").empty()); }

}  // namespace
}  // namespace naru
