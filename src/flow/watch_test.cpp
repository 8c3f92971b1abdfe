#include <gtest/gtest.h>

#include "flow/engine.h"
#include "flow/testing_flow.h"

namespace naru {
namespace {

using testing::Flow;

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute;

// A flow with a schedule, followed by a clock that moves as somebody sleeps.
struct Watched : Flow {
  explicit Watched(Schedule::Missed missed, std::optional<std::int64_t> last_started_ago) {
    plan.schedule = Schedule::parse("0 * * * *", TimeZone::utc(), missed).value();
    start = clock.unix_ms();
    if (last_started_ago) {
      store.runs.push_back({.flow = plan.name, .outcome = "done", .started_ms = start - *last_started_ago});
    }
    first_hour = *plan.schedule->next(start);
  }

  // When its first runs started, in milliseconds after the start. `took`: each run.
  std::vector<std::int64_t> starts(std::size_t count, std::int64_t took = 0) {
    std::vector<std::int64_t> found;
    std::stop_source stop;
    FlowRunner runner(store, store, clock, [&](const FlowEvent& event) {
      const DoneEvent* done = std::get_if<DoneEvent>(&event);
      if (done == nullptr) return;
      found.push_back(done->summary.started_ms - start);
      clock.sleep_ms(took, {});
      if (found.size() == count) stop.request_stop();
    });
    RunOptions options;
    options.stop = stop.get_token();
    EXPECT_TRUE(runner.watch(std::span(&plan, 1), options));
    return found;
  }

  std::int64_t start = 0, first_hour = 0;
};

TEST(Watch, RunsAFlowWithAScheduleAtItsHours) {
  Watched flow(Schedule::Missed::run_once, kMinute);
  const std::int64_t first = flow.first_hour - flow.start;
  EXPECT_GT(first, 0);
  EXPECT_EQ(flow.starts(3), (std::vector<std::int64_t>{first, first + kHour, first + 2 * kHour}));
}

TEST(Watch, ProcessesEverythingAgainOnceAndNotInEachRound) {
  Watched flow(Schedule::Missed::run_once, std::nullopt);
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  std::vector<int> parsed;
  std::stop_source stop;
  FlowRunner runner(flow.store, flow.store, flow.clock, [&](const FlowEvent& event) {
    if (!std::holds_alternative<DoneEvent>(event)) return;
    parsed.push_back(flow.parser->parsed);
    if (parsed.size() == 3) stop.request_stop();
  });
  RunOptions options;
  options.full = true;
  options.stop = stop.get_token();
  const int before = flow.parser->parsed;
  ASSERT_TRUE(runner.watch(std::span(&flow.plan, 1), options));
  EXPECT_EQ(parsed, (std::vector<int>{before + 1, before + 1, before + 1}));
}

TEST(Watch, MakesUpOnceForHoursThatPassedMeanwhile) {
  Watched flow(Schedule::Missed::run_once, 5 * kHour);
  const std::int64_t first = flow.first_hour - flow.start;
  EXPECT_EQ(flow.starts(3), (std::vector<std::int64_t>{0, first, first + kHour}));
}

TEST(Watch, LeavesOutHoursThatPassedMeanwhileWhereItIsToldTo) {
  Watched flow(Schedule::Missed::skip, 5 * kHour);
  const std::int64_t first = flow.first_hour - flow.start;
  EXPECT_EQ(flow.starts(2), (std::vector<std::int64_t>{first, first + kHour}));
}

TEST(Watch, RunsAtOnceWhatNeverRan) {
  Watched flow(Schedule::Missed::run_once, std::nullopt);
  EXPECT_EQ(flow.starts(2), (std::vector<std::int64_t>{0, flow.first_hour - flow.start}));
  Watched skipping(Schedule::Missed::skip, std::nullopt);
  EXPECT_EQ(skipping.starts(1), (std::vector<std::int64_t>{skipping.first_hour - skipping.start}));
}

TEST(Watch, ARunOverTheNextHourIsFollowedByOneOrWaitsForTheHourAfter) {
  const std::int64_t took = 2 * kHour + 30 * kMinute;
  Watched flow(Schedule::Missed::run_once, kMinute);
  const std::int64_t first = flow.first_hour - flow.start;
  EXPECT_EQ(flow.starts(2, took), (std::vector<std::int64_t>{first, first + took}));
  Watched skipping(Schedule::Missed::skip, kMinute);
  EXPECT_EQ(skipping.starts(2, took), (std::vector<std::int64_t>{first, first + 3 * kHour}));
}

}  // namespace
}  // namespace naru
