// What is away for a while is asked again, and nothing is lost or taken away meanwhile.
#include "flow/retry.h"

#include <gtest/gtest.h>

#include "flow/testing_flow.h"

namespace naru {
namespace {

using testing::Flow;

const Error kAway(Code::unavailable, "the server is away");

// How often a call was made and what was waited for.
struct Asked {
  explicit Asked(RetryPolicy policy = {}) : retries(policy, clock, [this](const Error&, std::int64_t wait_ms) {
    waits.push_back(wait_ms);
  }) {}
  Status call(int failures, Error error = kAway) {
    made = 0;
    return retries.call({}, [&]() -> Status { return ++made > failures ? Status() : error; });
  }

  ManualClock clock;
  std::vector<std::int64_t> waits;
  int made = 0;
  Retries retries;
};

TEST(Retries, WaitTwiceAsLongEachTime) {
  Asked asked({.attempts = 5, .wait_ms = 1000, .wait_ms_max = 5000});
  EXPECT_TRUE(asked.call(4));
  EXPECT_EQ(asked.made, 5);
  ASSERT_EQ(asked.waits.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t whole = std::min<std::int64_t>(1000 << i, 5000);
    EXPECT_LE(asked.waits[i], whole);
    EXPECT_GT(asked.waits[i], whole * 3 / 4 - 1);
  }
}

TEST(Retries, AskOnceForWhatWillNotPass) {
  Asked asked;
  EXPECT_EQ(asked.call(9, Error(Code::not_allowed, "no")).error().code(), Code::not_allowed);
  EXPECT_EQ(asked.made, 1);
}

TEST(Retries, AreMadeOnceEachAfterOneHasFailedAndRestAfterFive) {
  Asked asked({.attempts = 3});
  EXPECT_FALSE(asked.call(9));
  EXPECT_EQ(asked.made, 3);
  for (std::uint32_t i = 1; i < Retries::kFailuresMax; ++i) {
    EXPECT_FALSE(asked.call(9));
    EXPECT_EQ(asked.made, 1);
  }
  const Status resting = asked.call(0);
  EXPECT_EQ(asked.made, 0);
  EXPECT_EQ(resting.error().code(), Code::unavailable);
  EXPECT_NE(resting.error().message().find("5 times in a row: the server is away"), std::string::npos);
  asked.clock.sleep_ms(Retries::kRestMs, {});
  EXPECT_FALSE(asked.call(9));  // one that asks how it is
  EXPECT_EQ(asked.made, 1);
  EXPECT_FALSE(asked.call(0));
  EXPECT_EQ(asked.made, 0);
  asked.clock.sleep_ms(Retries::kRestMs, {});
  EXPECT_TRUE(asked.call(0));
  EXPECT_TRUE(asked.call(2));  // all attempts again
}

TEST(Retries, EndWithAStop) {
  Asked asked;
  std::stop_source stop;
  int made = 0;
  const Status status = asked.retries.call(stop.get_token(), [&]() -> Status {
    ++made;
    stop.request_stop();
    return kAway;
  });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(status.error().code(), Code::cancelled);
}

// ---- in a run ----

TEST(Run, AsksASourceAgainThatIsAwayForAMoment) {
  Flow flow;
  flow.source->put("a", "first");
  flow.source->put("b", "second");
  flow.source->files["a"].error = kAway;
  flow.source->on_read = [&](const std::string&) {
    if (flow.source->reads == 2) flow.source->files["a"].error.reset();
  };
  const RunReport report = flow.run().value();
  EXPECT_EQ(report.summary.added, 2U);
  EXPECT_EQ(report.summary.rejected, 0U);
  EXPECT_FALSE(report.may_pass);
  EXPECT_EQ(flow.source->reads, 3);
}

TEST(Run, OfASourceThatStaysAwayKeepsWhatItHasAndAsksItemsOnceEach) {
  Flow flow;
  for (int i = 0; i < 30; ++i) flow.source->put("item " + std::to_string(10 + i), "old " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  for (int i = 0; i < 30; ++i) flow.source->put("item " + std::to_string(10 + i), "new " + std::to_string(i));
  for (auto& [key, file] : flow.source->files) file.error = kAway;
  flow.source->reads = 0;
  const RunReport report = flow.run().value();
  EXPECT_TRUE(report.may_pass);
  EXPECT_EQ(report.summary.rejected, 30U);
  EXPECT_EQ(flow.source->reads, 3 + 4);  // then it rests
  EXPECT_EQ(flow.documents().at("item 10").texts, std::vector<std::string>{"old 0"});
  for (auto& [key, file] : flow.source->files) file.error.reset();
  const RunReport next = flow.run().value();
  EXPECT_EQ(next.summary.changed, 30U);
  EXPECT_FALSE(next.may_pass);
}

TEST(Run, ASlowItemIsNoBadOne) {
  Flow flow;
  flow.source->put("a", "first");
  flow.source->files["a"].error = Error(Code::timeout, "no answer in 30 s");
  EXPECT_EQ(flow.run().value().summary.rejected, 1U);
  flow.source->files["a"].error.reset();
  EXPECT_EQ(flow.run().value().summary.changed, 1U);  // although its fingerprint is the same
}

// A target that is away for so many calls, then holds what a store would.
class ShyTarget : public Target {
 public:
  explicit ShyTarget(testing::MemoryStore& store) : store_(store) {}
  Status begin() override { return ++begun, Status(); }
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override { return store_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override {
    ++applied;
    if (away > 0 && away-- > 0) return kAway;
    return store_.apply(changes);
  }

  int away = 0, begun = 0, applied = 0;

 private:
  testing::MemoryStore& store_;
};

TEST(Run, BeginsATargetAnewThatWasAwayForAMoment) {
  Flow flow;
  flow.source->put("a", "first");
  ShyTarget target(flow.store);
  target.away = 2;
  std::vector<RetryEvent> told;
  FlowRunner runner(flow.store, flow.store, flow.clock, [&](const FlowEvent& event) {
    if (const auto* retry = std::get_if<RetryEvent>(&event)) told.push_back(*retry);
  });
  const std::vector<Target*> targets = {&target};
  const auto report = runner.run_into(targets, flow.plan, {});
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->summary.added, 1U);
  EXPECT_EQ(target.begun, 3);
  EXPECT_EQ(target.applied, 3);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].what, flow.plan.knowledge_base);
  EXPECT_EQ(told[0].error.message(), "the server is away");
}

TEST(Watch, RunsAgainAfterWhatMayPassWithLongerWaits) {
  Flow flow;
  flow.source->put("a", "first");
  flow.source->files["a"].error = kAway;
  std::vector<std::int64_t> starts;
  std::stop_source stop;
  FlowRunner runner(flow.store, flow.store, flow.clock, [&](const FlowEvent& event) {
    const auto* done = std::get_if<DoneEvent>(&event);
    if (done == nullptr) return;
    starts.push_back(done->summary.started_ms);
    if (starts.size() == 4) flow.source->files["a"].error.reset();
    if (done->summary.rejected == 0 || starts.size() == 9) stop.request_stop();
  });
  RunOptions options;
  options.stop = stop.get_token();
  options.retries.attempts = 1;
  ASSERT_TRUE(runner.watch(std::span(&flow.plan, 1), options));
  ASSERT_EQ(starts.size(), 5U);
  for (std::size_t i = 1; i < starts.size(); ++i) EXPECT_EQ(starts[i] - starts[i - 1], 1000LL << i);
}

}  // namespace
}  // namespace naru
