#include "generate/denial.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

bool agree(std::string_view claim, std::string_view source) {
  return same_polarity(clauses_of(claim), clauses_of(source));
}

TEST(Denial, IsKnownInBothLanguages) {
  for (const char* text : {"It doesn't work.", "It doesn’t work.", "사용할 수 없습니다.", "환불하지 않는다.",
                           "아직 안 된다.", "We never close.", "이용이 불가하다."}) {
    EXPECT_TRUE(negated(text)) << text;
  }
  for (const char* text : {"The notebook is knotted.", "사용할 수 있습니다.", "건물 안 공기", "기다릴 수밖에 없다.",
                           "No more than 5 people.", "값뿐만 아니라 질도 좋다.", "틀림없는 사실이다."}) {
    EXPECT_FALSE(negated(text)) << text;
  }
}

TEST(Denial, OfOneClauseLeavesTheOthersAlone) {
  EXPECT_TRUE(
      agree("The licence expires after one year.", "If it is not renewed, the licence expires after one year."));
  EXPECT_TRUE(agree("5달러이다.", "무료가 아니라 5달러이다."));
  EXPECT_FALSE(agree("무료이다.", "무료가 아니라 5달러이다."));
}

TEST(Denial, SeesWhoIsLeftOut) {
  EXPECT_FALSE(agree("Contractors receive leave.", "Employees, but not contractors, receive leave."));
  EXPECT_FALSE(agree("계약직도 휴가를 받는다.", "정규직은 휴가를 받지만 계약직은 받지 않는다."));
  EXPECT_TRUE(agree("정규직은 휴가를 받는다.", "정규직은 휴가를 받지만 계약직은 빠지지 않는다."));
}

TEST(Denial, SeesOpposites) {
  EXPECT_TRUE(says_opposite("Smoking is allowed here.", "Smoking is prohibited here."));
  EXPECT_TRUE(says_opposite("10명 이하", "10명 이상"));
  EXPECT_TRUE(says_opposite("마감 이후에 낸다.", "마감 이전에 낸다."));
  EXPECT_FALSE(says_opposite("before and after", "after and before"));
  EXPECT_FALSE(says_opposite("10명 이상", "10명 이상 20명 이하"));
}

}  // namespace
}  // namespace naru
