// The flows of the configuration as plans that can be run: their sources, steps and targets made, and cut in two where
// a Keyed step stands.
#include <fmt/format.h>

#include <algorithm>

#include "app/engine.h"
#include "app/run_report.h"
#include "app/without_secrets.h"
#include "config/steps.h"

namespace naru {

namespace {

bool uses(const FlowConfig& flow, std::string_view step) {
  return std::any_of(flow.steps.begin(), flow.steps.end(), [&](const NamedOptions& used) { return used.name == step; });
}

bool is_keyed(const Operator& step) {
  return dynamic_cast<const KeyedOperator*>(&step) != nullptr ||
         dynamic_cast<const SelectingOperator*>(&step) != nullptr;
}

}  // namespace

// What a plan is made of, until it is.
struct Engine::PlanParts {
  const FlowConfig& flow;
  PayloadKind given;  // by the source
  std::vector<StepKinds> kinds;
  std::vector<std::shared_ptr<const Operator>> made;
  std::optional<ModelInfo> embedder;
  std::vector<const TargetConfig*> targets;
};

Result<std::unique_ptr<Operator>> Engine::step(const NamedOptions& named, const OperatorContext& context) const {
  const Registry::OperatorEntry* entry = registry_.find_operator(named.name);
  if (entry == nullptr) return Error(Code::internal, "no step " + named.name);
  const Options options = NARU_TRY(from_configuration(resolve_references(named.options, entry->descriptor), ""));
  return from_configuration(entry->make(options, context), "");
}

Result<std::vector<FlowPlan>> Engine::plans(const std::vector<std::string>& names) {
  NARU_TRY(check_flows(names));
  std::vector<FlowPlan> plans;
  for (const FlowConfig& flow : config_.flows) {
    if (!names.empty() && std::find(names.begin(), names.end(), flow.name) == names.end()) continue;
    plans.push_back(NARU_TRY_AT(plan(flow), "flow " + flow.name));
  }
  if (plans.empty()) {
    return configuration_error(Code::invalid_argument, "there are no flows; `naru init` shows how one is written");
  }
  return plans;
}

Result<std::unique_ptr<Source>> Engine::source(const NamedOptions& named) const {
  const Registry::SourceEntry* entry = registry_.source(named.name);
  if (entry == nullptr) return Error(Code::internal, "no source " + named.name);
  const Options options = NARU_TRY(from_configuration(resolve_references(named.options, entry->descriptor), ""));
  std::vector<std::string> secrets = secrets_of(named.options, entry->descriptor);
  auto made = from_configuration(entry->make(options), "");
  if (!made) return without_secrets(made.error(), secrets);
  return without_secrets(std::move(*made), std::move(secrets));
}

Result<std::unique_ptr<Target>> Engine::target(const TargetConfig& to, const TargetContext& context) const {
  const Registry::TargetEntry* entry = registry_.target(to.other.name);
  if (entry == nullptr) return Error(Code::internal, "no target " + to.other.name);
  const Options options = NARU_TRY(from_configuration(resolve_references(to.other.options, entry->descriptor), ""));
  std::vector<std::string> secrets = secrets_of(to.other.options, entry->descriptor);
  auto made = from_configuration(entry->make(options, context), "");
  if (!made) return without_secrets(made.error(), secrets);
  return without_secrets(std::move(*made), std::move(secrets));
}

PayloadKind Engine::arriving(const FlowConfig& flow, const TargetConfig& to) const {
  std::vector<StepKinds> kinds;
  for (std::size_t i = 0; i < flow.steps_to(to) && i < flow.steps.size(); ++i) {
    const Descriptor& descriptor = registry_.find_operator(flow.steps[i].name)->descriptor;
    kinds.push_back({flow.steps[i].name, descriptor.takes, descriptor.gives});
  }
  return kind_after(registry_.source(flow.source.name)->descriptor.gives.value_or(PayloadKind::bytes), kinds);
}

Result<FlowPlan> Engine::plan(const FlowConfig& flow) {
  OperatorContext context;
  context.parse_service = NARU_TRY(worker());
  if (uses(flow, "embed")) {
    context.embedder = NARU_TRY(embedder());
    if (context.embedder == nullptr) {
      return configuration_error(Code::invalid_argument,
                                 flow.place.text() + ": the step `embed` needs a model; write `models: {embed: "
                                                     "{local: default}}`, or leave `embed` out and search words only");
    }
    context.tokenizer = NARU_TRY(embed_tokenizer());
  }
  FlowPlan plan;
  plan.name = flow.name;
  plan.label = flow.label;
  plan.schedule = flow.schedule;
  plan.source = NARU_TRY(source(flow));
  std::vector<StepKinds> kinds;
  std::vector<std::shared_ptr<const Operator>> made;
  for (const NamedOptions& named : flow.steps) {
    made.push_back(NARU_TRY(step(named, context)));
    const Descriptor& descriptor = registry_.find_operator(named.name)->descriptor;
    kinds.push_back({named.name, descriptor.takes, descriptor.gives});
  }
  const PayloadKind given = registry_.source(flow.source.name)->descriptor.gives.value_or(PayloadKind::bytes);
  for (const StepProblem& problem : step_problems(given, kinds)) {
    return configuration_error(Code::invalid_argument, problem.message + ": " + problem.suggestion);
  }
  plan.reads_rows = reads_rows(given, kinds);
  PlanParts parts{flow, given, kinds, std::move(made), std::nullopt, {}};
  if (context.embedder != nullptr) parts.embedder = context.embedder->info();
  for (const TargetConfig& to : flow.targets) parts.targets.push_back(&to);
  NARU_TRY(fill(plan, parts, 0));
  return plan;
}

// The steps from `first` on up to the next Keyed one, with the targets that take from them; then what comes after it.
Status Engine::fill(FlowPlan& plan, PlanParts& parts, std::size_t first) const {
  const std::size_t offset = plan.steps.size();
  std::size_t end = first;
  while (end < parts.made.size() && !is_keyed(*parts.made[end])) ++end;
  const auto add_step = [&](FlowPlan& to, std::size_t i) {
    to.steps.push_back({parts.kinds[i].name, parts.made[i], parts.kinds[i].gives.value_or(PayloadKind::document)});
  };
  for (std::size_t i = first; i < end; ++i) add_step(plan, i);
  const auto here = std::stable_partition(parts.targets.begin(), parts.targets.end(), [&](const TargetConfig* to) {
    return parts.flow.steps_to(*to) <= end;
  });
  const auto count = static_cast<std::size_t>(here - parts.targets.begin());
  const bool goes_on = here != parts.targets.end();
  plan.others.resize(count + (goes_on ? 1 : 0) - 1);
  const auto from = [&](std::size_t steps) {  // so many of the flow's steps
    return offset + steps == first ? kFromSource : offset + steps - first - 1;
  };
  for (std::size_t i = 0; i < count; ++i) {
    FlowTarget& to = plan.target_at(i);
    const std::size_t steps = parts.flow.steps_to(*parts.targets[i]);
    const std::vector<StepKinds> before(parts.kinds.begin(), parts.kinds.begin() + static_cast<std::ptrdiff_t>(steps));
    NARU_TRY(set_target(parts.flow, *parts.targets[i], kind_after(parts.given, before), to));
    to.from = from(steps);
    if (!before.empty() && before.back().name == "embed") to.embedder = parts.embedder;
  }
  if (!goes_on) return {};
  FlowTarget& to = plan.target_at(count);
  to.from = from(end);
  to.keyed = std::make_unique<KeyedStep>();
  const auto earlier = std::count_if(parts.kinds.begin(), parts.kinds.begin() + static_cast<std::ptrdiff_t>(end),
                                     [&](const StepKinds& step) { return step.name == parts.kinds[end].name; });
  to.keyed->name = parts.kinds[end].name + (earlier > 0 ? fmt::format(" {}", earlier + 1) : "");
  to.keyed->step = parts.made[end];
  to.keyed->by_key = dynamic_cast<const KeyedOperator*>(parts.made[end].get());
  to.keyed->selects = dynamic_cast<const SelectingOperator*>(parts.made[end].get());
  FlowPlan& after = to.keyed->after;
  after.name = plan.name;
  after.label = plan.label;
  after.after_step = to.keyed->name;
  after.reads_rows = to.keyed->by_key != nullptr || plan.reads_rows;
  if (to.keyed->selects != nullptr) {
    after.steps = plan.steps;
    if (!plan.steps.empty()) after.made_before = plan.steps.size() - 1;
    add_step(after, end);
  }
  parts.targets.erase(parts.targets.begin(), here);
  return fill(after, parts, end + 1);
}

Status Engine::set_target(const FlowConfig& flow, const TargetConfig& config, PayloadKind arrives,
                          FlowTarget& to) const {
  to.knowledge_base = config.knowledge_base;
  if (!config.knowledge_base.empty()) return {};
  to.target = NARU_TRY(target(config, {flow.name, arrives}));
  to.target_name = config.other.name + " " + config.other.options.canonical();
  to.shown = leads_to(config);
  return {};
}

}  // namespace naru
