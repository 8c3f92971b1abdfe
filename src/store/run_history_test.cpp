#include "store/run_history.h"

#include <gtest/gtest.h>

#include "store/store.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-runs-"); }

TEST(RunHistory, TheLastRunOfEachFlowIsKnown) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  RunSummary run;
  run.flow = "notes";
  run.outcome = "held";
  run.seen = 7;
  run.embedded = 3;
  ASSERT_TRUE(desk.store().record_run(run));
  run.outcome = "done";
  ASSERT_TRUE(desk.store().record_run(run));
  const std::vector<RunSummary> runs = *desk.store().last_runs();
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].outcome, "done");
  EXPECT_EQ(runs[0].seen, 7U);
  EXPECT_EQ(runs[0].embedded, 3U);
  EXPECT_TRUE(runs[0].drops.empty());
  run.dropped = 5;
  run.drops = {{{"quality", "too_short"}, {5, 2}}};
  ASSERT_TRUE(desk.store().record_run(run));
  EXPECT_EQ(desk.store().last_runs()->at(0).dropped, 5U);
  EXPECT_EQ(desk.store().last_runs()->at(0).drops, run.drops);
}

TEST(RunHistory, RunsOfEachFlowAreKeptNewestFirstUpToALimitAndGoWithTheirFlow) {
  const TemporaryFolder temporary = folder();
  Desk desk(temporary.path() + "/s");
  EXPECT_TRUE(desk.store().past_runs(9)->empty());
  RunSummary run;
  for (const char* flow : {"a", "b"}) {
    run.flow = flow;
    for (run.seen = 1; run.seen <= kRunsKept + 3; ++run.seen) ASSERT_TRUE(desk.store().record_run(run));
  }
  const std::vector<RunSummary> two = *desk.store().past_runs(2);
  ASSERT_EQ(two.size(), 4U);
  EXPECT_EQ(two[0].flow, "a");
  EXPECT_EQ(two[0].seen, kRunsKept + 3);
  EXPECT_EQ(two[1].seen, kRunsKept + 2);
  EXPECT_EQ(two[2].flow, "b");
  EXPECT_EQ(desk.store().past_runs(2 * kRunsKept)->size(), 2 * kRunsKept);
  ASSERT_TRUE(desk.store().drop_flow("a"));
  EXPECT_EQ(desk.store().past_runs(2 * kRunsKept)->size(), kRunsKept);
}

}  // namespace
}  // namespace naru
