#include "generate/follow_up.h"

#include <gtest/gtest.h>

#include "generate/testing.h"

namespace naru {
namespace {

using testing::ScriptedGenerator;

History leave() { return fit_history({{"연차 휴가는 며칠인가요?", "연차 휴가는 15일입니다. [1]"}}); }
History parking() { return fit_history({{"How much is a parking permit?", "A permit is 30 euros a month."}}); }

FollowUp resolved(const std::string& question, const History& history, Generator* generator) {
  const Result<FollowUp> result = resolve_follow_up(question, history, generator, {});
  EXPECT_TRUE(result) << result.error().describe();
  return *result;
}

TEST(FollowUp, IsSuspectedByItsWordsAlone) {
  for (const char* question :
       {"그럼 반차는?", "반차는요?", "팀장도?", "그건 언제까지 내나요?", "누가 승인하나요?", "왜?", "얼마나 걸리나요?",
        "And for part-timers?", "For guests?", "What about weekends?", "Why?", "Who approves it?",
        "Do they expire?", "How long does that take?", "Can I carry them over?"}) {
    EXPECT_TRUE(may_follow_up(question)) << question;
  }
  for (const char* question :
       {"육아 휴직은 최대 몇 개월까지 쓸 수 있나요?", "How many days of annual leave does an employee have?",
        "Is there a bicycle garage at the office?", "보안 사고는 어느 부서에 신고하나요?", ""}) {
    EXPECT_FALSE(may_follow_up(question)) << question;
  }
}

TEST(FollowUp, ThatStandsAloneCostsNothing) {
  ScriptedGenerator generator({"never asked"});
  const FollowUp result = resolved("How many days of annual leave does an employee have?", parking(), &generator);
  EXPECT_EQ(result.how, Understood::alone);
  EXPECT_TRUE(generator.last_request.messages.empty());
  EXPECT_EQ(resolved("그럼 반차는?", {}, &generator).how, Understood::alone);  // there is nothing that it could follow
  EXPECT_TRUE(generator.last_request.messages.empty());
}

TEST(FollowUp, IsRewrittenByTheModel) {
  ScriptedGenerator generator({"반차 휴가는 ", "며칠인가요?", "\nA: "});
  const FollowUp result = resolved("그럼 반차는?", leave(), &generator);
  EXPECT_EQ(result.how, Understood::model);
  EXPECT_EQ(result.question, "반차 휴가는 며칠인가요?");
  EXPECT_EQ(generator.last_request.temperature, 0);
}

TEST(FollowUp, TakesNothingFromAModelThatStrays) {
  for (const char* written :
       {"", "연차 휴가는 며칠인가요?", "How many half days are there?", "반차는 15일입니다. 회사의 복지는 매우 훌륭합니다.",
        "반차 휴가는 40일인가요?", "야간 근무 수당 지급 반차?"}) {
    ScriptedGenerator generator({written});
    const FollowUp result = resolved("그럼 반차는?", leave(), &generator);
    EXPECT_EQ(result.how, Understood::joined) << written;
    EXPECT_EQ(result.question, "연차 휴가는 며칠인가요? 반차는?");
  }
}

TEST(FollowUp, OfAModelThatFailsIsJoinedAndOneThatIsStoppedEnds) {
  ScriptedGenerator generator({});
  generator.failure = Error(Code::unavailable, "no model");
  EXPECT_EQ(resolved("For guests?", parking(), &generator).question, "How much is a parking permit? For guests?");
  EXPECT_EQ(resolved("For guests?", parking(), nullptr).how, Understood::joined);
  generator.failure = Error(Code::cancelled, "stopped");
  EXPECT_EQ(resolve_follow_up("For guests?", parking(), &generator, {}).error().code(), Code::cancelled);
}

TEST(FollowUp, ThatOnlyMightBeOneStaysAsTheModelLeavesIt) {
  ScriptedGenerator generator({"연차는 며칠인가요?"});
  EXPECT_EQ(resolved("연차는 며칠인가요?", parking(), &generator).how, Understood::alone);
  EXPECT_EQ(resolved("연차는 며칠인가요?", parking(), nullptr).how, Understood::alone);
}

TEST(History, KeepsTheNewestTurnsAndSaysHowManyItDropped) {
  std::vector<PastTurn> turns;
  for (int i = 0; i < 40; ++i) turns.push_back({"question " + std::to_string(i), std::string(400, 'a')});
  const History history = fit_history(turns);
  EXPECT_EQ(history.turns.size() + history.dropped, 40U);
  EXPECT_GT(history.dropped, 0U);
  EXPECT_GT(history.turns.size(), 1U);
  EXPECT_EQ(history.turns.back().question, "question 39");
  EXPECT_LE(history.turns.back().answer.size(), kTurnBytesMax);
  EXPECT_EQ(fit_history({turns.begin(), turns.begin() + 2}).dropped, 0U);
  EXPECT_EQ(fit_history(turns, 1).turns.size(), 1U);  // the last one in any case
}

// A model that keeps what it read of the last prompt reads only what is new.
TEST(History, LetsTheHeadOfThePromptStandForMostTurns) {
  std::vector<PastTurn> turns;
  std::string before;
  std::size_t stood = 0;
  for (int i = 0; i < 40; ++i) {
    turns.push_back({"What is rule " + std::to_string(i) + "?", "Rule " + std::to_string(i) + " says a lot."});
    const std::vector<Message> prompt = build_follow_up_prompt("And then?", fit_history(turns));
    const std::string said = prompt.back().content;
    if (said.starts_with(before)) ++stood;
    before = said.substr(0, said.find("\nLast question"));
    EXPECT_EQ(prompt.front().content, build_follow_up_prompt("Other?", {}).front().content);
  }
  EXPECT_GE(stood, 30U);
}

}  // namespace
}  // namespace naru
