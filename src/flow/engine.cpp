#include "flow/engine.h"

#include <algorithm>
#include <deque>

#include "flow/keyed.h"
#include "flow/run.h"
#include "runtime/queue.h"
#include "runtime/thread.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// A source that cannot even be waited for is asked again, but not without a pause.
constexpr std::int64_t kRetryMs = 1000;

// Takes only what was paid for.
class VectorsOnly : public Target {
 public:
  VectorsOnly(StateStore& state, Target& target, const ModelInfo& model)
      : state_(state), target_(target), model_(model) {}
  Result<std::vector<KnownItem>> known_items(const std::string& flow) override { return target_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override {
    if (!changes.upserts.empty()) NARU_TRY(state_.keep_vectors(model_));
    return Committed{};
  }

 private:
  StateStore& state_;
  Target& target_;
  const ModelInfo model_;
};

int badness(const RunReport& report) { return report.held ? 3 : report.cancelled ? 2 : report.summary.rejected > 0; }

}  // namespace

bool is_held(std::uint64_t missing, std::uint64_t known) {
  return missing >= kHeldItemsMin && static_cast<double>(missing) > kHeldShare * static_cast<double>(known);
}

Result<RunReport> FlowRunner::run(FlowPlan& plan, const RunOptions& options) {
  return run_into(targets_of(plan), plan, options);
}

// Of Keyed steps none: their tables are the state store's.
std::vector<Target*> FlowRunner::targets_of(FlowPlan& plan) {
  std::vector<Target*> targets;
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    const FlowTarget& to = plan.target_at(i);
    targets.push_back(to.keyed ? nullptr : to.target ? to.target.get() : &target_);
  }
  return targets;
}

// First what leads to targets and to Keyed steps, then what comes after each of these.
Status FlowRunner::run_plan(std::span<Target* const> targets, FlowPlan& plan, const RunOptions& options,
                            RunReport& report) {
  std::vector<Target*> reached(targets.begin(), targets.end());
  std::vector<std::unique_ptr<KeyedTable>> tables(plan.targets());
  std::deque<KeyedTarget> keyed;
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    const KeyedStep* step = plan.target_at(i).keyed.get();
    if (step == nullptr || reached[i] != nullptr) continue;
    tables[i] = NARU_TRY(state_.keyed_table(plan.name, step->name));
    reached[i] = &keyed.emplace_back(*tables[i], *step, hash_label(plan.label));
  }
  NARU_TRY(Run(plan, options, state_, reached, clock_, sink_, report).run());
  for (std::size_t i = 0; i < plan.targets() && !report.cancelled; ++i) {
    if (tables[i]) NARU_TRY(run_after(plan, *plan.target_at(i).keyed, *tables[i], options, report));
  }
  return {};
}

Status FlowRunner::run_after(FlowPlan& plan, KeyedStep& keyed, KeyedTable& table, const RunOptions& options,
                             RunReport& report) {
  FlowPlan& after = keyed.after;
  if (keyed.selects != nullptr) {
    after.source = std::make_unique<SelectedSource>(*plan.source, after.reads_rows, table, *keyed.selects, state_);
  } else {
    after.source = std::make_unique<GroupSource>(table, *keyed.by_key);
  }
  RunOptions rest = options;
  rest.limit = 0;
  rest.accept_removals = true;  // what is gone is gone: it was held, if at all, where it came from
  RunReport made;
  made.summary.flow = after.name;
  made.summary.started_ms = report.summary.started_ms;
  const Status status = run_plan(targets_of(after), after, rest, made);
  after.source.reset();
  report.cancelled = report.cancelled || made.cancelled;
  if (keyed.selects != nullptr && plan.targets() == 1) {
    report.summary = std::move(made.summary);  // the same items, and what became of them
  } else {
    add_after(report.summary, keyed.name, after.shown_name(), std::move(made.summary));
  }
  return status;
}

Result<RunReport> FlowRunner::run_into(std::span<Target* const> targets, FlowPlan& plan, const RunOptions& options) {
  Span span("FlowRunner::run");
  span.value("flow", plan.name);
  RunReport report;
  RunSummary& summary = report.summary;
  summary.flow = plan.name;
  summary.started_ms = clock_.unix_ms();
  const std::int64_t started_ns = clock_.monotonic_ns();
  Status status = run_plan(targets, plan, options, report);
  if (!status && status.error().code() == Code::cancelled) {
    report.cancelled = true;
    status = {};
  }
  summary.outcome = !status ? "failed" : report.held ? "held" : report.cancelled ? "cancelled" : "done";
  summary.ended_ms = clock_.unix_ms();
  report.seconds = static_cast<double>(clock_.monotonic_ns() - started_ns) / 1e9;
  const Status recorded = state_.record_run(summary);
  if (sink_) sink_(DoneEvent{summary, report.seconds});
  if (!status) return std::move(status).error().with("flow " + plan.name);
  if (!recorded) return Error(recorded.error()).with("flow " + plan.name);
  return report;
}

Result<RunReport> FlowRunner::embed_ahead(FlowPlan& plan, const RunOptions& options) {
  const Span span("FlowRunner::embed_ahead");
  RunReport report;
  report.summary.flow = plan.name;
  if (!plan.embedder) return report;
  const std::int64_t started_ns = clock_.monotonic_ns();
  VectorsOnly target(state_, target_, *plan.embedder);
  const EventSink progress = [&](const FlowEvent& event) {
    if (sink_ && std::holds_alternative<ProgressEvent>(event)) sink_(event);
  };
  std::vector<Target*> targets(plan.targets(), nullptr);
  targets.front() = &target;
  NARU_TRY_AT(Run(plan, options, state_, targets, clock_, progress, report).run(), "flow " + plan.name);
  report.seconds = static_cast<double>(clock_.monotonic_ns() - started_ns) / 1e9;
  return report;
}

Result<RunReport> FlowRunner::watch(std::span<FlowPlan> plans, const RunOptions& options) {
  // A source is either polled here or waited for in its thread, never both: a thread waits only after its turn.
  std::stop_source ending;  // also when a run fails and nobody asked us to stop
  const std::stop_callback forward(options.stop, [&] { ending.request_stop(); });
  const std::stop_token stop = ending.get_token();
  BoundedQueue<std::size_t> changed("changed flows", std::max<std::size_t>(plans.size(), 1));
  std::vector<std::unique_ptr<BoundedQueue<bool>>> turns;
  std::vector<Thread> waiters;
  for (std::size_t i = 0; i < plans.size(); ++i) turns.push_back(std::make_unique<BoundedQueue<bool>>("turn", 1));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    waiters.emplace_back("watch", [&, i](std::stop_token) {
      while (turns[i]->pop(stop)) {
        if (!plans[i].source->wait_for_change(stop)) system_clock().sleep_ms(kRetryMs, stop);
        if (!changed.push(i, stop)) return;
      }
    });
  }
  RunReport worst;
  const auto run_one = [&](std::size_t i) -> Status {
    const Result<RunReport> report = run(plans[i], options);
    if (!report && report.error().code() != Code::unavailable && report.error().code() != Code::timeout) {
      return report.error();
    }
    if (report && badness(*report) >= badness(worst)) worst = *report;
    turns[i]->push(true, stop);
    return {};
  };
  Status status;
  for (std::size_t i = 0; status && i < plans.size() && !options.stop.stop_requested(); ++i) status = run_one(i);
  while (status && !options.stop.stop_requested()) {
    const std::optional<std::size_t> next = changed.pop(stop);
    if (!next) break;
    worst = {};
    status = run_one(*next);
  }
  ending.request_stop();
  if (!status) return status.error();
  return worst;
}

}  // namespace naru
