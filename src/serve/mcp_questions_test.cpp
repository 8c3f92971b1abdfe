#include "serve/mcp_questions.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(McpQuestions, AnAnswerComesToWhoAskedAndIsTakenOnce) {
  McpQuestions questions;
  const auto answer_it = [&](const Json& question) {
    const Json reply = {{"jsonrpc", "2.0"}, {"id", question["id"]}, {"result", {{"said", question["params"]["of"]}}}};
    EXPECT_TRUE(questions.settle(reply));
    EXPECT_FALSE(questions.settle(reply));
  };
  const std::optional<Json> first = questions.ask("elicitation/create", {{"of", "a"}}, answer_it, {});
  const std::optional<Json> second = questions.ask("elicitation/create", {{"of", "b"}}, answer_it, {});
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)["result"]["said"], "a");
  EXPECT_EQ((*second)["result"]["said"], "b");
}

TEST(McpQuestions, WhatNobodyAskedIsNotTaken) {
  McpQuestions questions;
  EXPECT_FALSE(questions.settle({{"jsonrpc", "2.0"}, {"id", "guessed"}, {"result", Json::object()}}));
  EXPECT_FALSE(questions.settle({{"jsonrpc", "2.0"}, {"id", 7}, {"result", Json::object()}}));
  EXPECT_FALSE(questions.settle(Json::array()));
}

TEST(McpQuestions, WhoLeavesIsNoLongerWaitedFor) {
  McpQuestions questions;
  std::stop_source left;
  Json asked;
  const std::optional<Json> answer = questions.ask(
      "elicitation/create", Json::object(),
      [&](const Json& question) {
        asked = question;
        left.request_stop();
      },
      left.get_token());
  EXPECT_FALSE(answer);
  EXPECT_FALSE(questions.settle({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", Json::object()}}));
}

}  // namespace
}  // namespace naru
