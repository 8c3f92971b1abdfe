#include "app/run_flows.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

// contract.md, to the letter: programs outside read these lines.
TEST(RunEvents, ACommitNamesWhatIsDurable) {
  CommitEvent event;
  event.flow = "handbook";
  event.committed.epoch = 7;
  event.docs = {{"a/b.md", sha256("x")}};
  event.removed = {"gone.md"};
  const Json json = event_to_json(event);
  EXPECT_EQ(to_line(json), R"({"event":"commit","flow":"handbook","epoch":7,"docs":[{"doc":"a/b.md","version":")" +
                               sha256("x").hex() + R"("}],"removed":["gone.md"]})");
}

TEST(RunEvents, DoneHasAllCounts) {
  DoneEvent event;
  event.summary.flow = "handbook";
  event.summary.outcome = "done";
  event.summary.seen = 6;
  event.summary.added = 1;
  event.summary.changed = 2;
  event.summary.removed = 3;
  event.summary.unchanged = 4;
  event.summary.rejected = 5;
  event.summary.chunks_added = 8;
  event.summary.chunks_removed = 9;
  event.summary.embedded = 10;
  event.seconds = 1.5;
  EXPECT_EQ(to_line(event_to_json(event)),
            R"({"event":"done","flow":"handbook","outcome":"done",)"
            R"("items":{"seen":6,"added":1,"changed":2,"removed":3,"unchanged":4,"rejected":5},)"
            R"("chunks":{"added":8,"removed":9},"embedded":10,"seconds":1.5})");
  event.summary.dropped = 11;
  event.summary.drops = {{{"quality", "too_short"}, {11, 12}}};
  const Json with_drops = event_to_json(event);
  EXPECT_EQ(with_drops["items"]["dropped"], 11);
  EXPECT_EQ(to_line(with_drops["drops"]), R"([{"step":"quality","reason":"too_short","items":11,"parts":12}])");
}

TEST(RunEvents, HeldAndRejectHaveTheContractsKeys) {
  const Json held = event_to_json(HeldEvent{"handbook", 30, 40, {"a"}});
  EXPECT_EQ(held["event"], "held");
  EXPECT_EQ(held["missing"], 30);
  EXPECT_EQ(held["known"], 40);
  const Json reject = event_to_json(RejectEvent{"handbook", {"a.bin", "unsupported", "no text"}, false});
  EXPECT_EQ(reject["event"], "reject");
  EXPECT_EQ(reject["doc"], "a.bin");
  EXPECT_EQ(reject["code"], "unsupported");
  EXPECT_EQ(reject["message"], "no text");
  EXPECT_EQ(to_line(event_to_json(DropEvent{"handbook", "a.md", {"quality", "too_short", "1 word"}})),
            R"({"event":"drop","flow":"handbook","doc":"a.md","step":"quality","reason":"too_short",)"
            R"("detail":"1 word"})");
}

}  // namespace
}  // namespace naru
