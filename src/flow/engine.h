// FlowRunner: runs a flow once, or again whenever its source changes.
//
// A run compares what the source lists with what is known, reads only what changed, prepares it on several threads and
// commits in key order; what is gone is removed at the end, unless so much is gone that it looks like an accident.
// run() and watch() are called from one thread, which also calls source, state store, target and the event sink. The
// runner borrows all it is given; one runner a store.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "flow/compare.h"
#include "flow/event.h"
#include "flow/plan.h"
#include "flow/retry.h"
#include "flow/state.h"
#include "runtime/clock.h"

namespace naru {

// More than this share of the known items, and at least so many, missing at once looks like an accident: it is held.
inline constexpr double kHeldShare = 0.2;
inline constexpr std::uint64_t kHeldItemsMin = 10;
inline constexpr std::size_t kHeldExamples = 5;
bool is_held(std::uint64_t missing, std::uint64_t known);

struct RunOptions {
  bool full = false;             // read and process every item again
  bool accept_removals = false;  // do what would be held
  bool refit = false;            // Fit steps are made of the corpus anew
  std::optional<KeyRange> keys;  // only items of these keys are looked at, and nothing is removed
  std::uint64_t limit = 0;       // at most so many changed items; 0: all
  std::uint64_t embedded_ahead = 0;  // by embed_ahead(), counted in the report
  RetryPolicy retries;           // of calls of sources and targets
  unsigned workers = 1;          // threads that prepare; 1: everything in the calling thread, in order
  std::stop_token stop;          // drains: what is finished is committed
};

struct RunReport {
  RunSummary summary;
  double seconds = 0;
  bool held = false, cancelled = false;
  bool may_pass = false;  // something was left undone that another run may do: what was asked is away for now
  // 0; 1: some items were rejected; 75: held or cancelled, which wins.
  int exit_code() const { return held || cancelled ? 75 : summary.rejected > 0 ? 1 : 0; }
};

class FlowRunner {
 public:
  // `target`: of the plans that have none of their own, which is the knowledge base.
  FlowRunner(StateStore& state, Target& target, const Clock& clock, EventSink sink)
      : state_(state), target_(target), clock_(clock), sink_(std::move(sink)) {}

  // Errors: the source's listing, the embedder, the store. What was committed before stays. A DoneEvent is always the
  // last event.
  Result<RunReport> run(FlowPlan& plan, const RunOptions& options);
  // The same, wherever the plan says that it leads: one for each of its targets.
  Result<RunReport> run_into(std::span<Target* const> targets, FlowPlan& plan, const RunOptions& options);

  // Embeds what a run would embed and keeps the vectors, and nothing else: no document changes. For a knowledge base
  // that goes over to another model. Of the report, `embedded`, `seconds` and `cancelled` mean something.
  Result<RunReport> embed_ahead(FlowPlan& plan, const RunOptions& options);

  // Runs all, then each again when its source changes, until options.stop; one with a schedule when its hour comes, at
  // the start only if it missed one; and after a run that failed, wholly or in part, for a reason that may pass, after
  // waits that double. Two runs never overlap. Other errors end it. The worst report of the last round is returned.
  Result<RunReport> watch(std::span<FlowPlan> plans, const RunOptions& options);

 private:
  std::vector<Target*> targets_of(FlowPlan& plan);
  Status fit(FlowPlan& plan, const RunOptions& options, RunReport& report);
  Status run_plan(std::span<Target* const> targets, FlowPlan& plan, const RunOptions& options, RunReport& report);
  Status run_after(FlowPlan& plan, KeyedStep& keyed, KeyedTable& table, const RunOptions& options, RunReport& report);

  StateStore& state_;
  Target& target_;
  const Clock& clock_;
  const EventSink sink_;
  std::set<std::string> fitted_;  // steps of the flow that runs, in this run
};

}  // namespace naru
