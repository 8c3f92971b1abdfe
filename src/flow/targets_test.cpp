#include <gtest/gtest.h>

#include "flow/chunk_id.h"
#include "flow/forecast.h"
#include "flow/item_steps.h"
#include "flow/testing_flow.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;
using testing::LineParser;
using testing::MemoryStore;

// Lets a test keep the target that a plan owns.
class Lent : public Target {
 public:
  explicit Lent(MemoryStore& store) : store_(store) {}
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override { return store_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override { return store_.apply(changes); }
  Status settle() override { return store_.settle(); }

 private:
  MemoryStore& store_;
};

// parse, chunk, embed into a knowledge base, and the passages into a file beside it.
struct TwoTargets : Flow {
  TwoTargets() { add_file(); }
  void add_file() {
    FlowTarget& to = plan.others.emplace_back();
    to.target = std::make_unique<Lent>(file);
    to.target_name = "file";
    to.from = 1;
  }
  std::map<std::string, MemoryStore::Stored>& in_file() { return file.stored["handbook"]; }

  MemoryStore file;
};

TEST(Targets, AreFedByOneReadAndOneParse) {
  TwoTargets flow;
  for (int i = 0; i < 5; ++i) flow.source->put("k" + std::to_string(i), "text " + std::to_string(i));
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(flow.source->reads, 5);
  EXPECT_EQ(flow.parser->parsed, 5);
  EXPECT_EQ(flow.documents(), flow.in_file());
  EXPECT_EQ(flow.documents().size(), 5U);
  EXPECT_EQ(report->summary.seen, 5U);
  EXPECT_EQ(report->summary.added, 5U);
  EXPECT_EQ(report->summary.embedded, 5U);
  ASSERT_EQ(report->summary.targets.size(), 2U);
  EXPECT_EQ(report->summary.targets[0].target, "kb");
  EXPECT_EQ(report->summary.targets[1].target, "file");
  EXPECT_EQ(report->summary.targets[1].embedded, 0U);
  const auto commits = flow.of<CommitEvent>();
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[0].target, "kb");
  EXPECT_EQ(commits[1].target, "file");
}

// Keeps what it was given.
class VectorTarget : public Lent {
 public:
  VectorTarget(MemoryStore& store, std::map<std::string, std::vector<std::vector<float>>>& given)
      : Lent(store), given_(given) {}
  bool wants_vectors() const override { return true; }
  Result<Committed> apply(const ChangeSet& changes) override {
    for (const DocumentUpsert& upsert : changes.upserts) given_[upsert.item.key] = upsert.vectors;
    return Lent::apply(changes);
  }

 private:
  std::map<std::string, std::vector<std::vector<float>>>& given_;
};

TEST(Targets, OneThatWantsVectorsGetsThemWhoeverEmbeddedAndTheyAreKeptBefore) {
  Flow flow;
  MemoryStore file;
  std::map<std::string, std::vector<std::vector<float>>> given;
  flow.plan.target = std::make_unique<VectorTarget>(file, given);
  flow.plan.target_name = "vectors";
  flow.source->put("a", "one\ntwo");
  flow.source->put("b", "one");
  flow.store.vectors[vector_key("two")] = {0, 1};  // known from before
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->summary.embedded, 1U);
  EXPECT_EQ(given.at("a"), (std::vector<std::vector<float>>{{1, 0}, {0, 1}}));
  EXPECT_EQ(given.at("b"), (std::vector<std::vector<float>>{{1, 0}}));
  EXPECT_GE(flow.store.kept_vectors, 1);
  Flow others;
  others.source->put("a", "one");
  ASSERT_TRUE(others.run());
  EXPECT_EQ(others.store.kept_vectors, 0);  // the knowledge base does it itself
}

TEST(Targets, OneThatIsAddedLaterGetsAllAndTheOthersNothingAgain) {
  TwoTargets flow;
  flow.plan.others.clear();
  for (int i = 0; i < 5; ++i) flow.source->put("k" + std::to_string(i), "text " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  flow.add_file();
  const int applied = flow.store.applied;
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(flow.store.applied, applied);
  EXPECT_EQ(flow.in_file(), flow.documents());
  EXPECT_EQ(flow.parser->parsed, 5) << "what was parsed is in the memo";
  EXPECT_EQ(report->summary.added, 5U);
  EXPECT_EQ(report->summary.targets[0].unchanged, 5U);
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.source->reads, 10) << "nothing is left to look at";
}

TEST(Targets, AChangeOfABranchIsDoneForItsTargetAlone) {
  TwoTargets flow;
  auto parser = std::make_unique<LineParser>();
  LineParser* own = parser.get();
  flow.plan.steps.push_back({"parse again", std::move(parser), PayloadKind::document, {kFromSource}});
  flow.plan.from = 2;
  flow.plan.others[0].from = 3;
  flow.source->put("a", "one\ntwo");
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(own->parsed, 1);
  own->version = 2;
  const int applied = flow.store.applied;
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(own->parsed, 2);
  EXPECT_EQ(flow.parser->parsed, 1);
  EXPECT_EQ(flow.store.applied, applied);
}

TEST(Targets, OneThatFailsLeavesTheOthersGoing) {
  TwoTargets flow;
  for (int i = 0; i < 5; ++i) flow.source->put("k" + std::to_string(i), "text " + std::to_string(i));
  flow.file.fail_applies = 1;
  const auto failed = flow.run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::io);
  EXPECT_EQ(flow.documents().size(), 5U);
  EXPECT_TRUE(flow.in_file().empty());
  EXPECT_EQ(flow.store.runs.back().outcome, "failed");
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.in_file(), flow.documents());
}

TEST(Targets, ARejectIsToldOnce) {
  TwoTargets flow;
  flow.source->put("a", "broken");
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.rejected, 1U);
  EXPECT_EQ(flow.of<RejectEvent>().size(), 1U);
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.of<RejectEvent>().size(), 1U);
  EXPECT_EQ(flow.parser->parsed, 1);
}

TEST(Targets, AForecastTellsWhatEachOfThemLacks) {
  TwoTargets flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  flow.source->put("b", "two");
  flow.file.known["handbook"].clear();
  for (const bool exact : {false, true}) {
    ForecastOptions options;
    options.exact = exact;
    const auto made = forecast(flow.plan, &flow.store, &flow.store, nullptr, options);
    ASSERT_TRUE(made) << made.error().describe();
    EXPECT_EQ(made->items.added, 2U) << exact;
    EXPECT_EQ(made->items.unchanged, 0U) << exact;
    EXPECT_EQ(made->bytes, 6U) << exact;
  }
}

// Two ways through one item, and what comes together again.
class Mark : public Operator {
 public:
  explicit Mark(std::string text, bool drops = false) : text_(std::move(text)), drops_(drops) {}
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      Row row;
      if (const Row* before = std::get_if<Row>(&record.payload)) row = *before;
      set_field(row.fields, text_, Value(record.bytes));
      record.bytes.clear();
      record.payload = std::move(row);
      if (drops_) record.drop = {"marked", ""};
    }
    return batch;
  }
  Id128 fingerprint() const override { return hash128(text_); }

 private:
  const std::string text_;
  const bool drops_;
};

struct Diamond {
  explicit Diamond(bool left_drops = false, bool right_drops = false) {
    plan.name = "diamond";
    plan.steps.push_back({"root", std::make_unique<Mark>("root"), PayloadKind::row, {kFromSource}});
    plan.steps.push_back({"left", std::make_unique<Mark>("left", left_drops), PayloadKind::row, {0}});
    plan.steps.push_back({"right", std::make_unique<Mark>("right", right_drops), PayloadKind::row, {0}});
    plan.steps.push_back({"both", std::make_unique<Mark>("both"), PayloadKind::row, {2, 1}});
  }
  Result<PreparedDocument> work() {
    const StepStates states(4);
    Batch batch(1);
    batch[0].bytes = "x";
    return ItemSteps(plan, states, {0}).work(std::move(batch), {}).front();
  }
  static std::string names(const Row& row) {
    std::string names;
    for (const NamedValue& field : row.fields) names += field.name + " ";
    return names;
  }
  FlowPlan plan;
};

TEST(ItemSteps, BringWaysTogetherInTheOrderInWhichTheyAreNamed) {
  const auto made = Diamond().work();
  ASSERT_TRUE(made) << made.error().describe();
  ASSERT_EQ(made->rows.size(), 2U);
  EXPECT_EQ(Diamond::names(made->rows[0]), "root right both ");
  EXPECT_EQ(Diamond::names(made->rows[1]), "root left both ");
}

TEST(ItemSteps, WhatOneWayLeavesOutComesByTheOther) {
  const auto left = Diamond(true, false).work(), none = Diamond(true, true).work();
  ASSERT_TRUE(left && none);
  EXPECT_EQ(left->rows.size(), 1U);
  EXPECT_FALSE(left->drop);
  ASSERT_TRUE(none->drop);
  EXPECT_EQ(none->drop->step, "right");
  EXPECT_TRUE(none->rows.empty());
}

// The law, for two targets of which either may fail at any commit.
TEST(Targets, AnySequenceOfChangesEndsAsARunFromScratch) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    TwoTargets flow;
    for (int step = 0; step < 8; ++step) {
      for (int change = 0; change < 6; ++change) {
        const std::string key = "k" + std::to_string(random.below(20));
        const std::string bytes = (random.below(12) == 0 ? "broken " : "t") + std::to_string(random.below(20));
        if (random.below(3) != 0) {
          flow.source->put(key, bytes);
        } else {
          flow.source->files.erase(key);
        }
      }
      RunOptions options;
      options.accept_removals = true;
      options.workers = 1 + static_cast<unsigned>(random.below(3));
      options.limit = random.below(4) == 0 ? 2 : 0;
      if (random.below(3) == 0) flow.store.fail_applies = 1 + static_cast<int>(random.below(2));
      if (random.below(3) == 0) flow.file.fail_applies = 1 + static_cast<int>(random.below(2));
      static_cast<void>(flow.run(options).has_value());
      flow.store.fail_applies = flow.file.fail_applies = 0;
    }
    RunOptions options;
    options.accept_removals = true;
    ASSERT_TRUE(flow.run(options));
    TwoTargets scratch;
    scratch.source->files = flow.source->files;
    ASSERT_TRUE(scratch.run());
    EXPECT_EQ(flow.documents(), scratch.documents()) << "seed " << seed;
    EXPECT_EQ(flow.in_file(), scratch.in_file()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace naru
