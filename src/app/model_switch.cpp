#include "app/model_switch.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/words.h"

namespace naru {

void EventGate::operator()(const FlowEvent& event) {
  if (closed_ && !std::holds_alternative<ProgressEvent>(event)) {
    kept_.push_back(event);
  } else if (sink_) {
    sink_(event);
  }
}

void EventGate::open() {
  closed_ = false;
  for (const FlowEvent& event : std::exchange(kept_, {})) (*this)(event);
}

void EventGate::drop() {
  closed_ = false;
  kept_.clear();
}

namespace {

const KnowledgeBaseInfo* find_base(const std::vector<KnowledgeBaseInfo>& bases, const std::string& name) {
  for (const KnowledgeBaseInfo& base : bases) {
    if (base.name == name) return &base;
  }
  return nullptr;
}

bool is_served_by_another(const KnowledgeBaseInfo& base, const FlowPlan& plan) {
  return plan.embedder && base.embedder && base.chunks > 0 && base.embedder->fingerprint != plan.embedder->fingerprint;
}

// Half of a knowledge base under one model and half under another would be searched as one half.
Status check_all_flows_are_there(const Config& config, const std::vector<FlowPlan>& plans, const std::string& base) {
  std::vector<std::string> names;
  bool complete = true;
  for (const FlowConfig& flow : config.flows) {
    if (flow.knowledge_base != base) continue;
    names.push_back(shell_quoted(flow.name));
    complete = complete && std::any_of(plans.begin(), plans.end(), [&](const FlowPlan& plan) {
                 return plan.name == flow.name;
               });
  }
  if (complete) return {};
  return Error(Code::invalid_argument,
               fmt::format("{} goes over to another model, which all its flows have to do together: naru run {}", base,
                           fmt::join(names, " ")));
}

// The worst exit code. The first that fails ends it, and the first that is stopped: cancelled.
Result<int> run_in_turn(FlowRunner& runner, std::span<FlowPlan> plans, RunOptions options,
                        const std::vector<std::uint64_t>& embedded) {
  int worst = 0;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    options.embedded_ahead = embedded[i];
    const RunReport report = NARU_TRY(runner.run(plans[i], options));
    if (report.cancelled) return Error(Code::cancelled, "stopped");
    worst = std::max(worst, report.exit_code());
  }
  return worst;
}

}  // namespace

Result<std::size_t> find_switching(Store& store, const Config& config, std::vector<FlowPlan>& plans,
                                   const RunOptions& options, const NoteSink& note) {
  const std::vector<KnowledgeBaseInfo> bases = NARU_TRY(store.knowledge_bases(Principal::owner()));
  const auto switches = [&](const FlowPlan& plan) {
    const KnowledgeBaseInfo* base = find_base(bases, plan.knowledge_base);
    return base != nullptr && is_served_by_another(*base, plan);
  };
  const auto rest = std::stable_partition(plans.begin(), plans.end(), switches);
  for (auto plan = plans.begin(); plan != rest; ++plan) {
    NARU_TRY(check_all_flows_are_there(config, plans, plan->knowledge_base));
    const KnowledgeBaseInfo& base = *find_base(bases, plan->knowledge_base);
    if (options.limit != 0) {
      return Error(Code::invalid_argument, fmt::format("{} goes over from {} to {}, which a part cannot do: leave "
                                                       "--limit out", base.name, base.embedder->name,
                                                       plan->embedder->name));
    }
    note({NoteKind::model_switches,
          {plan->name, plan->embedder->name, base.name, base.embedder->name, std::to_string(base.chunks)}});
  }
  return static_cast<std::size_t>(rest - plans.begin());
}

Result<int> switch_models(FlowRunner& runner, Target& target, std::span<FlowPlan> plans, RunOptions options,
                          EventGate& gate) {
  std::vector<std::uint64_t> embedded;
  for (FlowPlan& plan : plans) {
    RunReport report = NARU_TRY(runner.embed_ahead(plan, options));
    embedded.push_back(report.summary.embedded);
    if (!report.cancelled) continue;
    report.summary.outcome = "cancelled";
    gate(DoneEvent{report.summary, report.seconds});
    return exit_code(Code::cancelled);
  }
  NARU_TRY(target.begin_together());
  gate.close();
  Result<int> worst = run_in_turn(runner, plans, options, embedded);
  if (worst) {
    const Status finished = target.finish_together();
    if (!finished) worst = finished.error();
  }
  if (!worst) {
    target.abandon_together();
    gate.drop();
    if (worst.error().code() != Code::cancelled) return worst;
    gate(DoneEvent{{.flow = plans.front().name, .outcome = "cancelled"}, 0});
    return exit_code(Code::cancelled);
  }
  gate.open();
  NARU_TRY(target.settle());
  return worst;
}

}  // namespace naru
