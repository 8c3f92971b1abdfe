#include "flow/drop.h"

#include <gtest/gtest.h>

#include "flow/compare.h"
#include "flow/forecast.h"
#include "flow/memo.h"
#include "flow/testing_flow.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;

// Leaves out documents of fewer blocks than `blocks_min`, and chunks that hold `unwanted`.
class Choosy : public Operator {
 public:
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      ++seen;
      const auto* document = std::get_if<Document>(&record.payload);
      const auto* chunk = std::get_if<Chunk>(&record.payload);
      if (document != nullptr && document->blocks.size() < blocks_min) {
        record.drop = {"too_short", std::to_string(document->blocks.size()) + " blocks"};
      }
      if (chunk != nullptr && chunk->text.find(unwanted) != std::string::npos) record.drop = {"unwanted", ""};
    }
    return batch;
  }
  Id128 fingerprint() const override { return hash128({"choosy", std::to_string(blocks_min), unwanted}); }
  mutable std::atomic<int> seen = 0;
  std::size_t blocks_min = 2;
  std::string unwanted = "advert";
};

struct ChoosyFlow : Flow {
  ChoosyFlow() {
    auto before = std::make_unique<Choosy>(), after = std::make_unique<Choosy>();
    documents_step = before.get();
    after->blocks_min = 0;
    plan.steps.insert(plan.steps.begin() + 2, FlowStep{"trim", std::move(after)});
    plan.steps.insert(plan.steps.begin() + 1, FlowStep{"quality", std::move(before)});
  }
  Choosy* documents_step = nullptr;
};

TEST(Drop, LeavesTheItemOutAndIsNeitherRejectNorError) {
  ChoosyFlow flow;
  flow.source->put("long", "one\ntwo");
  flow.source->put("short", "one");
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(report->summary.added, 1U);
  EXPECT_EQ(report->summary.dropped, 1U);
  EXPECT_EQ(report->summary.rejected, 0U);
  EXPECT_EQ(report->summary.drops, (DropCounts{{{"quality", "too_short"}, {1, 0}}}));
  ASSERT_EQ(flow.of<DropEvent>().size(), 1U);
  EXPECT_EQ(flow.of<DropEvent>()[0].key, "short");
  EXPECT_EQ(flow.of<DropEvent>()[0].drop, (Drop{"quality", "too_short", "1 blocks"}));
  EXPECT_TRUE(flow.of<RejectEvent>().empty());
  EXPECT_FALSE(flow.documents().contains("short"));
}

TEST(Drop, OfAChunkIsCountedAndItsDocumentStays) {
  ChoosyFlow flow;
  flow.source->put("a", "one\nan advert\ntwo");
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(flow.documents()["a"].texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(report->summary.drops, (DropCounts{{{"trim", "unwanted"}, {0, 1}}}));
  EXPECT_EQ(report->summary.dropped, 0U);
}

TEST(Drop, OfAKnownDocumentTakesItOutAsARemovalDoes) {
  ChoosyFlow flow;
  flow.source->put("a", "one\ntwo");
  ASSERT_TRUE(flow.run());
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  EXPECT_FALSE(flow.documents().contains("a"));
  ASSERT_EQ(flow.of<CommitEvent>().size(), 1U);
  EXPECT_EQ(flow.of<CommitEvent>()[0].removed, std::vector<std::string>{"a"});
}

TEST(Drop, StaysWithoutALookAndIsCountedEachTime) {
  ChoosyFlow flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  const int reads = flow.source->reads, seen = flow.documents_step->seen;
  const auto again = flow.run();
  ASSERT_TRUE(again);
  EXPECT_EQ(flow.source->reads, reads);
  EXPECT_EQ(again->summary.dropped, 1U);
  EXPECT_EQ(again->summary.drops, (DropCounts{{{"quality", "too_short"}, {1, 0}}}));
  EXPECT_TRUE(flow.of<DropEvent>().empty());
  // A touch without a change of bytes is read, and no step sees it.
  flow.source->files["a"].fingerprint = "touched";
  const auto touched = flow.run();
  ASSERT_TRUE(touched);
  EXPECT_EQ(touched->summary.dropped, 1U);
  EXPECT_EQ(flow.documents_step->seen, seen);
  EXPECT_EQ(flow.store.known["handbook"]["a"].fingerprint, "touched");
}

TEST(Drop, OfARenamedItemComesOutOfTheMemo) {
  ChoosyFlow flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  const int parsed = flow.parser->parsed;
  flow.source->files["b"] = flow.source->files.extract("a").mapped();
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.parser->parsed, parsed);
  EXPECT_EQ(report->summary.dropped, 1U);
  EXPECT_EQ(report->summary.removed, 1U);
}

TEST(Drop, EndsWithTheStepThatDecidedOtherwiseNow) {
  ChoosyFlow flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  flow.documents_step->blocks_min = 1;
  ASSERT_TRUE(flow.run());
  EXPECT_TRUE(flow.documents().contains("a"));
}

TEST(Drop, IsForetold) {
  ChoosyFlow flow;
  flow.source->put("a", "one");
  ForecastOptions exact;
  exact.exact = true;
  EXPECT_EQ(forecast(flow.plan, &flow.store, &flow.store, nullptr, exact)->items.dropped, 1U);
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(forecast(flow.plan, &flow.store, &flow.store, nullptr, {})->items.dropped, 1U);
}

TEST(Drop, IsKeptByTheMemo) {
  PreparedDocument prepared;
  prepared.dropped_parts[{"trim", "unwanted"}].parts = 3;
  const auto chunks = decode_memo(encode_memo(prepared));
  ASSERT_TRUE(chunks);
  EXPECT_EQ(chunks->dropped_parts, prepared.dropped_parts);
  EXPECT_FALSE(chunks->drop);
  prepared.drop = Drop{"quality", "too_short", "1 blocks"};
  EXPECT_EQ(decode_memo(encode_memo(prepared))->drop, prepared.drop);
}

TEST(Drop, IsWrittenWhereARejectsCodeStands) {
  const Drop drop{"quality", "a: b", "detail"};
  EXPECT_EQ(drop_of(drop.code(), "detail"), drop);
  EXPECT_EQ(drop_of("corrupt", "broken"), std::nullopt);
  EXPECT_EQ(drop_of("", ""), std::nullopt);
  const Drop cut = make_drop("quality", {std::string(1000, 'x'), "\xff"});
  EXPECT_LE(cut.reason.size(), 64U);
  EXPECT_EQ(cut.detail, "\xef\xbf\xbd");
}

TEST(Drop, CountsOfMadeUpReasonsStayFew) {
  DropCounts counts;
  for (int i = 0; i < 10'000; ++i) count_drop(counts, "quality", std::to_string(i), {1, 0});
  EXPECT_LE(counts.size(), 300U);
  std::uint64_t all = 0;
  for (const auto& [name, count] : counts) all += count.items;
  EXPECT_EQ(all, 10'000U);
}

// Whatever edits come, what stays and what is left out, and why, is as after one run from scratch.
TEST(Drop, AnySequenceOfEditsEndsAsARunFromScratch) {
  Random random(7);
  ChoosyFlow flow;
  const std::vector<std::string> texts = {"one", "one\ntwo", "one\nadvert", "advert", "broken", "one\ntwo\nthree", ""};
  for (int round = 0; round < 60; ++round) {
    for (int edit = 0; edit < 3; ++edit) {
      const std::string key(1, static_cast<char>('a' + random.below(8)));
      if (random.below(4) == 0) {
        flow.source->files.erase(key);
      } else {
        flow.source->put(key, texts[random.below(texts.size())]);
      }
    }
    RunOptions options;
    options.accept_removals = true;
    options.full = random.below(8) == 0;
    ASSERT_TRUE(flow.run(options));
    ChoosyFlow scratch;
    scratch.source->files = flow.source->files;
    ASSERT_TRUE(scratch.run());
    EXPECT_EQ(flow.documents(), scratch.documents());
    const auto codes = [](Flow& of) {
      std::map<std::string, std::string> found;
      for (const auto& [key, item] : of.store.known["handbook"]) found[key] = item.reject_code + item.reject_message;
      return found;
    };
    ASSERT_EQ(codes(flow), codes(scratch));
  }
}

}  // namespace
}  // namespace naru
