// The law of Keyed operators, for every one that is registered and each of its examples: whatever changes came between,
// and whatever failed meanwhile, what arrives is what a run from scratch makes of the rows of now.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "flow/engine.h"
#include "flow/forecast.h"
#include "operator/shared/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::MemoryStore;
using testing::RowSource;
using testing::StepExample;

class LentTarget : public Target {
 public:
  explicit LentTarget(MemoryStore& store) : store_(store) {}
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override { return store_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override { return store_.apply(changes); }

 private:
  MemoryStore& store_;
};

bool is_keyed(const Operator& step) {
  return dynamic_cast<const KeyedOperator*>(&step) != nullptr ||
         dynamic_cast<const SelectingOperator*>(&step) != nullptr;
}

struct KeyedFlow {
  explicit KeyedFlow(std::shared_ptr<const Operator> step) {
    plan.name = "rows";
    plan.reads_rows = true;
    auto owned = std::make_unique<RowSource>();
    source = owned.get();
    plan.source = std::move(owned);
    plan.keyed = std::make_unique<KeyedStep>();
    plan.from = kFromSource;
    KeyedStep& keyed = *plan.keyed;
    keyed.name = "step";
    keyed.step = step;
    keyed.by_key = dynamic_cast<const KeyedOperator*>(step.get());
    keyed.selects = dynamic_cast<const SelectingOperator*>(step.get());
    keyed.after.name = plan.name;
    keyed.after.after_step = keyed.name;
    keyed.after.reads_rows = true;
    keyed.after.target = std::make_unique<LentTarget>(out);
    keyed.after.target_name = "out";
    keyed.after.from = kFromSource;
    if (keyed.selects != nullptr) {
      keyed.after.steps.push_back({"step", step, PayloadKind::row});
      keyed.after.from = 0;
    }
  }
  Result<RunReport> run(RunOptions options = {}) {
    options.accept_removals = true;
    return FlowRunner(store, store, clock, nullptr).run(plan, options);
  }
  std::map<std::string, std::vector<std::string>> rows() {
    std::map<std::string, std::vector<std::string>> found;
    for (const auto& [key, stored] : out.stored["rows"]) found[key] = stored.texts;
    return found;
  }

  ManualClock clock;
  MemoryStore store, out;
  FlowPlan plan;
  RowSource* source = nullptr;
};

// Rows of few different values, so that they meet; texts of few different sentences, so that some are nearly alike.
std::string random_row(Random& random) {
  std::string text;
  for (int i = 0; i < 24; ++i) text += "word" + std::to_string(random.below(30) == 0 ? random.below(5) : i) + " ";
  const auto few = [&] { return std::to_string(random.below(4)); };
  return R"({"id":)" + few() + R"(,"shop":")" + few() + R"(","item":)" + few() + R"(,"status":")" + few() +
         R"(","day":)" + few() + R"(,"updated_at":)" + few() + R"(,"version":)" + few() + R"(,"score":)" + few() +
         R"(,"price":)" + few() + R"(,"name":"n)" + few() + R"(","address":"a","text":")" + text + "\"}";
}

// Five rows come, change, break or go.
void change_rows(RowSource& source, Random& random) {
  for (int change = 0; change < 5; ++change) {
    const std::string key = "k" + std::to_string(random.below(25));
    if (random.below(3) == 0) {
      source.files.erase(key);
    } else {
      source.put(key, random.below(15) == 0 ? "broken" : random_row(random));
    }
  }
}

// NARU_SEQUENCES=2000 for more of them, by hand.
std::uint64_t sequences() {
  const char* said = std::getenv("NARU_SEQUENCES");
  return said != nullptr ? std::strtoull(said, nullptr, 10) : 200;
}

TEST(KeyedLaw, AnySequenceOfChangesEndsAsAllRowsOfNow) {
  const std::vector<StepExample> all = testing::step_examples(is_keyed);
  EXPECT_GE(all.size(), 8U);
  for (const StepExample& example : all) {
    for (std::uint64_t seed = 1; seed <= sequences(); ++seed) {
      Random random(seed);
      KeyedFlow flow(example.make());
      for (int step = 0; step < 8; ++step) {
        change_rows(*flow.source, random);
        RunOptions options;
        options.workers = 1 + static_cast<unsigned>(random.below(2));
        options.limit = random.below(5) == 0 ? 2 : 0;
        options.full = random.below(6) == 0;
        // A kill between the halves of the flow, or within one: the table is written, or the target, or neither.
        if (random.below(3) == 0) flow.store.fail_applies = 1 + static_cast<int>(random.below(2));
        if (random.below(3) == 0) flow.out.fail_applies = 1 + static_cast<int>(random.below(2));
        static_cast<void>(flow.run(options).has_value());
        flow.store.fail_applies = flow.out.fail_applies = 0;
      }
      const auto last = flow.run();
      ASSERT_TRUE(last) << last.error().describe();
      KeyedFlow scratch(example.make());
      scratch.source->files = flow.source->files;
      ASSERT_TRUE(scratch.run());
      ASSERT_EQ(flow.rows(), scratch.rows()) << example.text << ", seed " << seed;
      const int applied = flow.out.applied;
      ASSERT_TRUE(flow.run());
      EXPECT_EQ(flow.out.applied, applied) << example.text << ": nothing changed, and something is written";
    }
  }
}

std::string told(const RunSummary& run) {
  std::string text = fmt::format("{}: {} seen, {} added, {} changed, {} removed, {} unchanged, {} rejected, {} dropped",
                                 run.target, run.seen, run.added, run.changed, run.removed, run.unchanged, run.rejected,
                                 run.dropped);
  for (const RunSummary& one : run.targets) text += "\n" + told(one);
  return text;
}

TEST(KeyedLaw, APlanThatReadsSaysWhatTheRunThenDoes) {
  for (const StepExample& example : testing::step_examples(is_keyed)) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Random random(seed);
      KeyedFlow flow(example.make());
      for (int step = 0; step < 6; ++step) {
        change_rows(*flow.source, random);
        ForecastOptions options;
        options.exact = true;
        options.full = random.below(6) == 0;
        const int applied = flow.out.applied;
        const std::size_t runs = flow.store.runs.size();
        const auto planned = forecast(flow.plan, &flow.store, &flow.store, nullptr, options);
        ASSERT_TRUE(planned) << planned.error().describe();
        EXPECT_EQ(flow.out.applied, applied) << "a plan leaves no trace";
        EXPECT_EQ(flow.store.runs.size(), runs);
        RunOptions run;
        run.full = options.full;
        const auto done = flow.run(run);
        ASSERT_TRUE(done) << done.error().describe();
        if (!planned->held) {
          ASSERT_EQ(told(planned->items), told(done->summary)) << example.text << ", seed " << seed;
        }
      }
    }
  }
}

// What the engine folds is what the operator makes of all rows at once.
TEST(KeyedLaw, FoldedIsRebuilt) {
  for (const StepExample& example : testing::step_examples(is_keyed)) {
    Random random(7);
    KeyedFlow flow(example.make());
    if (flow.plan.keyed->by_key == nullptr) continue;
    Batch all;
    for (int i = 10; i < 40; ++i) {
      const std::string json = random_row(random);
      flow.source->put("k" + std::to_string(i), json);
      all.emplace_back().payload = Row{*fields_from_json(json), {}};
    }
    ASSERT_TRUE(flow.run());
    std::map<std::string, std::vector<std::string>> rebuilt;
    const auto made = flow.plan.keyed->by_key->process(std::move(all), nullptr, {});
    ASSERT_TRUE(made);
    for (const Record& record : *made) {
      rebuilt[record.key].push_back(to_json_line(std::get<Row>(record.payload).fields));
    }
    EXPECT_EQ(flow.rows(), rebuilt) << example.text;
  }
}

}  // namespace
}  // namespace naru
