#include "generate/question.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(Question, TellsWhatIsAskedFor) {
  EXPECT_EQ(asked_for("책은 몇 권까지 빌릴 수 있나요?").unit, "volume");
  EXPECT_EQ(asked_for("며칠 걸리나요?").unit, "day");
  EXPECT_EQ(asked_for("몇 시간 걸리나요?").unit, "hour");
  EXPECT_EQ(asked_for("몇 시에 열어요?").unit, "time");
  EXPECT_TRUE(asked_for("언제 시작하나요?").number);
  EXPECT_TRUE(asked_for("When did it start?").number);
  EXPECT_EQ(asked_for("How many people live there?").unit, "person");
  EXPECT_FALSE(asked_for("Who wrote it?").number);
  EXPECT_TRUE(asked_for("Who wrote it?").open);
  EXPECT_FALSE(asked_for("Is it free?").open);
  EXPECT_FALSE(asked_for("일요일에 이사할 수 있나요?").open);
}

TEST(Question, ANumberOfAnotherKindIsNotWhatIsAskedFor) {
  const Asked volumes = asked_for("책은 몇 권까지 빌릴 수 있나요?");
  EXPECT_TRUE(has_asked(volumes, facts_in("7권까지 빌린다.")));
  EXPECT_FALSE(has_asked(volumes, facts_in("14일 동안 빌린다.")));
  EXPECT_FALSE(has_asked(volumes, facts_in("책을 빌린다.")));
  EXPECT_TRUE(has_asked(asked_for("며칠 걸리나요?"), facts_in("2주 걸린다.")));
  EXPECT_TRUE(has_asked(asked_for("Who wrote it?"), facts_in("Kim wrote it.")));
}

}  // namespace
}  // namespace naru
