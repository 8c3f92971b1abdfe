#include "flow/engine.h"

#include <algorithm>
#include <deque>

#include "flow/fit.h"
#include "flow/keyed.h"
#include "flow/run.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// Takes only what was paid for.
class VectorsOnly : public Target {
 public:
  VectorsOnly(StateStore& state, Target& target, const ModelInfo& model)
      : state_(state), target_(target), model_(model) {}
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override { return target_.known_items(flow); }
  Result<Committed> apply(const ChangeSet& changes) override {
    if (!changes.upserts.empty()) NARU_TRY(state_.keep_vectors(model_));
    return Committed{};
  }

 private:
  StateStore& state_;
  Target& target_;
  const ModelInfo model_;
};

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

// What Fit steps go by is there before anything is compared: it is part of what the comparison goes by.
Status FlowRunner::fit(FlowPlan& plan, const RunOptions& options, RunReport& report) {
  const FitStep make = [&](FlowPlan& until, const FitOperator& step) -> Result<std::string> {
    const Span span("FitOperator::fit");
    const std::unique_ptr<Fitter> fitter = step.start_fit();
    FittingTarget target(*fitter);
    RunOptions all;
    all.retries = options.retries;
    all.workers = options.workers;
    all.stop = options.stop;
    const EventSink progress = [&](const FlowEvent& event) {
      const bool tells = std::holds_alternative<ProgressEvent>(event) || std::holds_alternative<RetryEvent>(event);
      if (sink_ && tells) sink_(event);
    };
    Target* const targets[] = {&target};
    RunReport made;
    NARU_TRY(Run(until, all, state_, targets, clock_, progress, made).run());
    if (made.cancelled) return Error(Code::cancelled, "stopped");
    return fitter->finish();
  };
  std::vector<std::string> made =
      NARU_TRY(put_fits_in_force(plan, state_, options.refit, clock_.unix_ms(), make, fitted_));
  report.summary.fitted.insert(report.summary.fitted.end(), made.begin(), made.end());
  return {};
}

// First what leads to targets and to Keyed steps, then what comes after each of these.
Status FlowRunner::run_plan(std::span<Target* const> targets, FlowPlan& plan, const RunOptions& options,
                            RunReport& report) {
  NARU_TRY(fit(plan, options, report));
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
  rest.keys.reset();  // groups have other names, and what stays was chosen among all
  rest.accept_removals = true;  // what is gone is gone: it was held, if at all, where it came from
  RunReport made;
  made.summary.flow = after.name;
  made.summary.started_ms = report.summary.started_ms;
  const Status status = run_plan(targets_of(after), after, rest, made);
  after.source.reset();
  report.cancelled = report.cancelled || made.cancelled;
  report.may_pass = report.may_pass || made.may_pass;
  std::vector<std::string> fitted = std::move(report.summary.fitted);
  fitted.insert(fitted.end(), made.summary.fitted.begin(), made.summary.fitted.end());
  if (keyed.selects != nullptr && plan.targets() == 1) {
    made.summary.retries += report.summary.retries;
    report.summary = std::move(made.summary);  // the same items, and what became of them
  } else {
    add_after(report.summary, keyed.name, after.shown_name(), std::move(made.summary));
  }
  report.summary.fitted = std::move(fitted);
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
  if (sink_) sink_(StartEvent{plan.name, summary.started_ms});
  fitted_.clear();
  Status status = run_plan(targets, plan, options, report);
  if (!status && status.error().code() == Code::cancelled) {
    report.cancelled = true;
    status = {};
  }
  summary.outcome = !status ? "failed" : report.held ? "held" : report.cancelled ? "cancelled" : "done";
  summary.ended_ms = clock_.unix_ms();
  report.seconds = static_cast<double>(clock_.monotonic_ns() - started_ns) / 1e9;
  const Status recorded = state_.record_run(summary);
  if (sink_) sink_(DoneEvent{summary, report.seconds, status ? std::nullopt : std::optional(status.error())});
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
  fitted_.clear();
  NARU_TRY(fit(plan, options, report));
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

}  // namespace naru
