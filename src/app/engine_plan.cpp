// The flows of the configuration as plans that can be run: their sources, steps and targets made, and cut in two where
// a Keyed step stands.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/engine.h"
#include "app/run_report.h"
#include "app/without_secrets.h"
#include "config/steps.h"
#include "flow/combined_source.h"

namespace naru {

namespace {

bool uses(const FlowConfig& flow, std::string_view step) {
  return std::any_of(flow.steps.begin(), flow.steps.end(), [&](const StepConfig& used) { return used.name == step; });
}

// What a model said is kept where parsed documents are; a cache that cannot be read is an empty one.
class StoredAnswers : public AnswerMemo {
 public:
  explicit StoredAnswers(Store& store) : store_(store) {}
  std::optional<std::string> find(const Id128& key) override {
    Result<std::optional<std::string>> found = store_.memo_get(key);
    return found ? *std::move(found) : std::nullopt;
  }
  void keep(const Id128& key, std::string_view answer) override { (void)store_.memo_put(key, answer); }

 private:
  Store& store_;
};

// Places of steps, and kFromSource.
std::vector<std::size_t> inputs_of(const StepConfig& step) {
  std::vector<std::size_t> inputs = step.from;
  if (step.from_source) inputs.push_back(kFromSource);
  return inputs;
}

bool is_keyed(const Operator& step) {
  return dynamic_cast<const KeyedOperator*>(&step) != nullptr ||
         dynamic_cast<const SelectingOperator*>(&step) != nullptr;
}

}  // namespace

// What a plan is made of, until it is. Steps by their places in the configuration.
struct Engine::PlanParts {
  const FlowConfig& flow;
  PayloadKind given;  // by the source
  std::vector<StepKinds> kinds;
  std::vector<std::shared_ptr<const Operator>> made;
  std::optional<ModelInfo> embedder;
  // The Keyed step that each comes after, none in between; kFromSource: it comes after none.
  std::vector<std::size_t> after;

  // What the output of a step, or of the source, comes after.
  std::size_t out_of(std::size_t step) const {
    return step == kFromSource || is_keyed(*made[step]) ? step : after[step];
  }
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

Result<std::unique_ptr<Source>> Engine::source(const FlowConfig& flow) const {
  if (flow.sources.front().id.empty()) return source(flow.sources.front());
  std::vector<CombinedSource::Part> parts;
  for (const SourceConfig& one : flow.sources) parts.push_back({one.id, NARU_TRY(source(one))});
  return std::unique_ptr<Source>(
      std::make_unique<CombinedSource>(std::move(parts), given_by_sources(flow, registry_)));
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

TargetContext Engine::arriving(const FlowConfig& flow, const TargetConfig& to) const {
  std::vector<StepKinds> kinds;
  for (const std::size_t step : flow.way_to(flow.last_step(to))) {
    const Descriptor& descriptor = registry_.find_operator(flow.steps[step].name)->descriptor;
    kinds.push_back({descriptor.name, descriptor.takes, descriptor.gives});
  }
  const PayloadKind given = given_by_sources(flow, registry_);
  return {flow.name, kind_after(given, kinds), !kinds.empty() && kinds.back().name == "embed", {}};
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
  const auto asks = std::find_if(flow.steps.begin(), flow.steps.end(), [&](const StepConfig& used) {
    return registry_.find_operator(used.name)->descriptor.needs_chat;
  });
  if (asks != flow.steps.end()) {
    context.generator = NARU_TRY(generator(Answers::several));
    if (context.generator == nullptr) {
      return configuration_error(Code::invalid_argument,
                                 fmt::format("{}: the step `{}` asks a model; write `models: {{chat: {{local: "
                                             "default}}}}`", flow.place.text(), asks->name));
    }
    if (store_ && store_writes_ && !answers_) answers_ = std::make_unique<StoredAnswers>(*store_);
    context.answers = answers_.get();
  }
  FlowPlan plan;
  plan.name = flow.name;
  plan.label = flow.label;
  plan.schedule = flow.schedule;
  plan.source = NARU_TRY(source(flow));
  std::vector<StepKinds> kinds;
  std::vector<std::shared_ptr<const Operator>> made;
  for (const StepConfig& named : flow.steps) {
    made.push_back(NARU_TRY(step(named, context)));
    const Descriptor& descriptor = registry_.find_operator(named.name)->descriptor;
    kinds.push_back({named.name, descriptor.takes, descriptor.gives});
  }
  const PayloadKind given = given_by_sources(flow, registry_);
  plan.reads_rows = reads_rows(given, kinds);
  PlanParts parts{flow, given, kinds, std::move(made), std::nullopt, {}};
  if (context.embedder != nullptr) parts.embedder = context.embedder->info();
  for (const StepConfig& step : flow.steps) {
    std::set<std::size_t> after;
    for (const std::size_t from : inputs_of(step)) after.insert(parts.out_of(from));
    const Operator& made_of = *parts.made[parts.after.size()];
    const bool of_many = is_keyed(made_of) || dynamic_cast<const FitOperator*>(&made_of) != nullptr;
    const bool several = of_many && inputs_of(step).size() > 1;
    if (after.size() > 1 || several) {
      return configuration_error(Code::invalid_argument,
                                 fmt::format("{}: the step \"{}\" {}", flow.place.text(), step.id,
                                             several ? "depends on other records, so it takes from one step"
                                                     : "takes from a step that depends on other records, and from "
                                                       "one that goes by it"));
    }
    parts.after.push_back(*after.begin());
  }
  NARU_TRY(fill(plan, parts, kFromSource, {{kFromSource, kFromSource}}));
  return plan;
}

// The steps and targets that come right after `keyed`, or after the source; then what comes after each Keyed step
// there. `places`: of what they may take from, in the plan.
Status Engine::fill(FlowPlan& plan, const PlanParts& parts, std::size_t keyed,
                    std::map<std::size_t, std::size_t> places) const {
  const std::vector<StepConfig>& steps = parts.flow.steps;
  const auto add_step = [&](FlowPlan& to, std::size_t step, std::vector<std::size_t> from) {
    const StepKinds& kinds = parts.kinds[step];
    to.steps.push_back({kinds.name, parts.made[step], kinds.gives.value_or(PayloadKind::document), std::move(from),
                        std::dynamic_pointer_cast<const FitOperator>(parts.made[step]), steps[step].id});
  };
  std::vector<std::size_t> cuts;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    if (parts.after[step] != keyed) continue;
    if (is_keyed(*parts.made[step])) {
      cuts.push_back(step);
      continue;
    }
    std::vector<std::size_t> from;
    for (const std::size_t input : inputs_of(steps[step])) from.push_back(places.at(input));
    add_step(plan, step, std::move(from));
    places[step] = plan.steps.size() - 1;
  }
  std::vector<FlowTarget> targets;
  for (const TargetConfig& config : parts.flow.targets) {
    const std::optional<std::size_t> last = parts.flow.last_step(config);
    if (parts.out_of(last.value_or(kFromSource)) != keyed) continue;
    FlowTarget& to = targets.emplace_back();
    std::vector<StepKinds> way;
    for (const std::size_t step : parts.flow.way_to(last)) way.push_back(parts.kinds[step]);
    if (last && steps[*last].name == "embed") to.embedder = parts.embedder;
    NARU_TRY(set_target(parts.flow, config, kind_after(parts.given, way), to));
    to.from = places.at(last.value_or(kFromSource));
  }
  for (const std::size_t cut : cuts) {
    FlowTarget& to = targets.emplace_back();
    to.from = places.at(inputs_of(steps[cut]).front());
    NARU_TRY(fill_after(plan, parts, cut, places, to));
  }
  for (std::size_t i = 1; i < targets.size(); ++i) plan.others.push_back(std::move(targets[i]));
  static_cast<FlowTarget&>(plan) = std::move(targets.front());  // every step leads to one
  return {};
}

Status Engine::fill_after(const FlowPlan& plan, const PlanParts& parts, std::size_t cut,
                          std::map<std::size_t, std::size_t> places, FlowTarget& to) const {
  to.keyed = std::make_unique<KeyedStep>();
  KeyedStep& keyed = *to.keyed;
  const std::vector<StepConfig>& steps = parts.flow.steps;
  const auto earlier = std::count_if(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(cut),
                                     [&](const StepConfig& step) { return step.id == steps[cut].id; });
  keyed.name = steps[cut].id + (earlier > 0 ? fmt::format(" {}", earlier + 1) : "");
  keyed.step = parts.made[cut];
  keyed.by_key = dynamic_cast<const KeyedOperator*>(keyed.step.get());
  keyed.selects = dynamic_cast<const SelectingOperator*>(keyed.step.get());
  FlowPlan& after = keyed.after;
  after.name = plan.name;
  after.label = plan.label;
  after.after_step = keyed.name;
  after.reads_rows = keyed.by_key != nullptr || plan.reads_rows;
  if (keyed.by_key != nullptr) return fill(after, parts, cut, {{cut, kFromSource}});
  after.steps = plan.steps;
  if (*to.from != kFromSource) after.made_before = *to.from;
  after.steps.push_back({parts.kinds[cut].name, keyed.step, PayloadKind::document, {*to.from}, nullptr, keyed.name});
  places[cut] = after.steps.size() - 1;
  return fill(after, parts, cut, std::move(places));
}

Status Engine::set_target(const FlowConfig& flow, const TargetConfig& config, PayloadKind arrives,
                          FlowTarget& to) const {
  to.knowledge_base = config.knowledge_base;
  if (!config.knowledge_base.empty()) return {};
  to.target = NARU_TRY(target(config, {flow.name, arrives, to.embedder.has_value(), to.embedder}));
  to.target_name = config.other.name + " " + config.other.options.canonical();
  const std::uint32_t version = registry_.target(config.other.name)->descriptor.version;
  if (version > 1) to.target_name += fmt::format(" {}", version);  // what it made of the same before is written anew
  to.shown = leads_to(config);
  return {};
}

}  // namespace naru
