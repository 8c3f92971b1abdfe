#include "generate/facts.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

bool holds(std::string_view claim, std::string_view source) { return numbers_hold(facts_in(claim), facts_in(source)); }

std::string first(std::string_view text) {
  const Facts facts = facts_in(text);
  if (facts.quantities.empty()) return "";
  return facts.quantities[0].value + " " + facts.quantities[0].unit;
}

TEST(Facts, ReadsNumbersWithSeparatorsMagnitudesAndUnits) {
  EXPECT_EQ(first("1,200원입니다."), "1200 won");
  EXPECT_EQ(first("3만 5천 원을 냅니다."), "35000 won");
  EXPECT_EQ(first("3만원"), "30000 won");
  EXPECT_EQ(first("약 1억 2천만 원"), "120000000 won");
  EXPECT_EQ(first("$1.5 million"), "1500000 dollar");
  EXPECT_EQ(first("3.50%"), "3.5 percent");
  EXPECT_EQ(first("fifteen days"), "15 day");
  EXPECT_EQ(first("twenty-five people"), "25 person");
  EXPECT_EQ(first("두 번 먹는다"), "2 time_count");
  EXPECT_EQ(first("10GB of memory"), "10 gb");
  EXPECT_EQ(first("no digits"), "");
}

TEST(Facts, WordsThatBeginLikeANumberOrAUnitAreWords) {
  EXPECT_EQ(first("네, 맞습니다."), "");
  EXPECT_EQ(first("세 시스템을 쓴다."), "");
  EXPECT_EQ(first("the one that works"), "");
  EXPECT_EQ(first("5 일반 사항"), "5 ");
}

TEST(Facts, AnotherNumberOrUnitDoesNotHold) {
  EXPECT_TRUE(holds("15일", "연차는 15일이다."));
  EXPECT_FALSE(holds("20일", "연차는 15일이다."));
  EXPECT_FALSE(holds("15개월", "연차는 15일이다."));
  EXPECT_FALSE(holds("15 hours", "You get 15 days."));
  EXPECT_FALSE(holds("three days", "It takes 5 days."));
  EXPECT_TRUE(holds("five days", "It takes 5 days."));
  EXPECT_TRUE(holds("35,000원", "요금은 3만 5천 원이다."));
  EXPECT_FALSE(holds("3억 원", "요금은 3만 원이다."));
}

TEST(Facts, DatesAreOneDateHoweverTheyAreWritten) {
  for (const char* date : {"2024년 3월 5일", "2024-03-05", "2024.3.5", "2024. 3. 5.", "March 5, 2024", "5 March 2024",
                           "Mar. 5th, 2024", "5th of March 2024"}) {
    const Facts facts = facts_in(date);
    ASSERT_EQ(facts.dates.size(), 1U) << date;
    EXPECT_EQ(facts.dates[0], (Date{2024, 3, 5})) << date;
  }
  EXPECT_TRUE(holds("2024년 3월에 시작했다.", "It started on March 5, 2024."));
  EXPECT_FALSE(holds("2024년 5월 3일", "It started on March 5, 2024."));
  EXPECT_FALSE(holds("2023년", "2024년 3월 5일에 시작했다."));
  EXPECT_FALSE(holds("March 15, 2024", "In March 2024 there were 15 people."));
}

TEST(Facts, TimesOfDayAreOneTimeHoweverTheyAreWritten) {
  for (const char* time : {"18:30", "6:30 pm", "6:30 p.m.", "오후 6시 30분", "18시 30분", "오후 여섯 시 반"}) {
    EXPECT_EQ(first(time), "18:30 time") << time;
  }
  EXPECT_TRUE(holds("오전 9시부터", "from 9:00"));
  EXPECT_FALSE(holds("오후 9시부터", "오전 9시부터"));
  EXPECT_EQ(first("9시간 걸린다"), "9 hour");
}

TEST(Facts, CodesAndNamesAreKept) {
  const Facts facts = facts_in("Install ext4 from https://example.com/a_b in Seoul.");
  EXPECT_EQ(facts.codes, (std::vector<std::string>{"ext4", "https://example.com/a_b"}));
  EXPECT_EQ(facts.names, (std::vector<std::string>{"seoul"}));
}

TEST(Facts, BrokenAndEndlessInputEndsWithinItsLimit) {
  std::string digits;
  for (int i = 0; i < 20'000; ++i) digits += "1만 ";
  EXPECT_LE(facts_in(digits).quantities.size(), 200U);
  EXPECT_NO_FATAL_FAILURE(facts_in("\xff\xfe 3\xea만"));
  EXPECT_EQ(facts_in(std::string(5000, '9')).quantities.size(), 1U);
}

}  // namespace
}  // namespace naru
