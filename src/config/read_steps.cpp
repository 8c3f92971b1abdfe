// `steps:` of a flow: a list, each taking what the one before it made, or a graph, each by a name of its own and saying
// from which it takes. Whether each finds what it takes, and leads to a target that can take what it makes.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/config_reader.h"
#include "config/suggest.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kStepsMax = 256;  // of a flow: each is compared with all others

constexpr const char* kGraphExample =
    "for example cut: {from: read, use: chunk}; what runs in a row is a list: - chunk";

bool is_chain(const std::vector<StepConfig>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StepConfig& step = steps[i];
    if (step.from_source != (i == 0) || step.from != std::vector<std::size_t>(i == 0 ? 0 : 1, i - 1)) return false;
  }
  return true;
}

}  // namespace

void ConfigReader::read_steps(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  const bool graph = node.kind == YamlNode::Kind::map;
  if (!graph && node.kind != YamlNode::Kind::list) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place, fmt::format("\"steps\" is a list, not {}", kind_name(node)),
          "write each step on its own line after \"- \"");
    return;
  }
  if (const std::size_t count = node.items.size() + node.fields.size(); count > kStepsMax) {
    wrong(node.place, fmt::format("a flow has {} steps at most, not {}", kStepsMax, count), "make it several flows");
    return;
  }
  std::vector<ReadStep> steps;
  graph ? read_graph(node, flow, steps) : read_list(node, flow, steps);
  // An unknown word may be meant as the very step that is missing; a mistake in an option does not spoil the order.
  const bool known =
      std::all_of(steps.begin(), steps.end(), [](const ReadStep& step) { return !step.config.id.empty(); });
  if (!known || !complete_ || !put_in_order(steps)) return;
  for (const ReadStep& step : steps) flow.steps.push_back(step.config);
  const PayloadKind given = given_by_sources(flow, registry_);
  check_kinds(given, steps, flow);
  for (const TargetConfig& to : flow.targets) {
    if (!graph || !to.from.empty()) continue;
    wrong(to.place, "a target of a graph says from which step it takes", "add from: NAME");
    return;
  }
  check_arrivals(key.place, given, steps, flow);
}

void ConfigReader::read_list(const YamlNode& node, FlowConfig&, std::vector<ReadStep>& steps) {
  for (const YamlNode& item : node.items) {
    ReadStep& read = steps.emplace_back();
    const auto named = read_named(item, "a step", "- parse");
    if (!named) continue;
    read.place = named->name->place;
    if (auto step = read_step(*named)) read.config = std::move(*step);
    if (steps.size() == 1) continue;
    read.config.from_source = false;
    read.config.from = {steps.size() - 2};
  }
}

void ConfigReader::read_graph(const YamlNode& node, FlowConfig& flow, std::vector<ReadStep>& steps) {
  for (const auto& [key, value] : node.fields) {
    ReadStep& read = steps.emplace_back();
    read.place = key.place;
    const YamlNode *from = value.find("from"), *use = value.find("use");
    const bool whole = value.kind == YamlNode::Kind::map && from != nullptr && use != nullptr &&
                       value.fields.size() == 2 && good_name(key.text) && key.text != kSourceName;
    if (!whole) {
      wrong(key.place, fmt::format("the step \"{}\" of \"{}\" has the fields from and use", shown(key.text),
                                   shown(flow.name)), kGraphExample);
      continue;
    }
    const auto named = read_named(*use, "a step", "use: chunk");
    std::optional<StepConfig> step = named ? read_step(*named) : std::nullopt;
    const std::vector<YamlNode> list = from->kind == YamlNode::Kind::list ? from->items : std::vector<YamlNode>{*from};
    for (const YamlNode& one : list) {
      if (one.kind == YamlNode::Kind::scalar) {
        read.from.emplace_back(nfc(one.text), one.place);
      } else {
        wrong(is_blank(one) ? key.place : one.place, "\"from\" names steps, or the source", kGraphExample);
        step.reset();
      }
    }
    if (!step || read.from.empty()) continue;
    read.config = std::move(*step);
    read.config.id = nfc(key.text);
  }
}

// Nothing where the word is not known.
std::optional<StepConfig> ConfigReader::read_step(const Named& named) {
  const std::string& name = named.name->text;
  const Place& place = named.name->place;
  const Registry::OperatorEntry* entry = registry_.find_operator(name);
  if (entry == nullptr) {
    wrong(place, fmt::format("unknown step \"{}\"", shown(name)), suggest(name, names_of(registry_.operators())));
    return std::nullopt;
  }
  if (name == "embed" && !embed_named_) {
    missing(place, "`embed` needs a model", "add models: {embed: {local: default}}");
  }
  StepConfig step;
  step.name = step.id = name;
  auto options = check_options(entry->descriptor, named.fields, place, fmt::format("the step \"{}\"", name),
                               loaded_.config.folder, loaded_.diagnostics);
  if (options) step.options = std::move(*options);
  return step;
}

// Names become places, each step after those that it takes from. False: a name is none, or they go round in a circle.
bool ConfigReader::put_in_order(std::vector<ReadStep>& steps) {
  if (std::all_of(steps.begin(), steps.end(), [](const ReadStep& step) { return step.from.empty(); })) return true;
  std::vector<std::string> names = {std::string(kSourceName)};
  for (const ReadStep& step : steps) names.push_back(step.config.id);
  for (const ReadStep& step : steps) {
    for (const auto& [name, place] : step.from) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      wrong(place, fmt::format("no step is called \"{}\"", shown(name)), suggest(name, names));
      return false;
    }
  }
  std::vector<ReadStep> ordered;
  const auto place_of = [&](const std::string& name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      if (ordered[i].config.id == name) return i;
    }
    return std::nullopt;
  };
  while (!steps.empty()) {
    const auto next = std::find_if(steps.begin(), steps.end(), [&](const ReadStep& step) {
      return std::all_of(step.from.begin(), step.from.end(), [&](const auto& from) {
        return from.first == kSourceName || place_of(from.first).has_value();
      });
    });
    if (next == steps.end()) {
      wrong(steps.front().place, fmt::format("the step \"{}\" takes from itself by way of others",
                                             shown(steps.front().config.id)), "let one of them take from the source");
      return false;
    }
    next->config.from_source = false;
    for (const auto& [name, place] : next->from) {
      const std::optional<std::size_t> step = place_of(name);
      if (step) next->config.from.push_back(*step);
      if (!step) next->config.from_source = true;
    }
    ordered.push_back(std::move(*next));
    steps.erase(next);
  }
  steps = std::move(ordered);
  return true;
}

std::vector<StepKinds> ConfigReader::kinds_of(const FlowConfig& flow, const std::vector<std::size_t>& steps) const {
  std::vector<StepKinds> kinds;
  for (const std::size_t step : steps) {
    const Descriptor& descriptor = registry_.find_operator(flow.steps[step].name)->descriptor;
    kinds.push_back({descriptor.name, descriptor.takes, descriptor.gives});
  }
  return kinds;
}

// Each step on its own way; what is wrong with one before it is told there.
void ConfigReader::check_kinds(PayloadKind source, const std::vector<ReadStep>& steps, const FlowConfig& flow) {
  if (is_chain(flow.steps)) {
    std::vector<std::size_t> all(flow.steps.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    for (const StepProblem& problem : step_problems(source, kinds_of(flow, all))) {
      wrong(steps[problem.step].place, problem.message, problem.suggestion);
    }
    return;
  }
  std::set<std::size_t> told;
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    const std::vector<std::size_t> way = flow.way_to(i);
    for (const StepProblem& problem : step_problems(source, kinds_of(flow, way))) {
      const std::size_t step = way[problem.step];
      if (told.insert(step).second) wrong(steps[step].place, problem.message, problem.suggestion);
    }
    const StepConfig& step = flow.steps[i];
    std::set<PayloadKind> kinds;
    if (step.from_source) kinds.insert(source);
    for (const std::size_t from : step.from) kinds.insert(kind_after(source, kinds_of(flow, flow.way_to(from))));
    if (kinds.size() > 1 && told.insert(i).second) {
      wrong(steps[i].place, fmt::format("the step \"{}\" takes {} and {}", shown(step.id),
                                        payload_kind_name(*kinds.begin()), payload_kind_name(*kinds.rbegin())),
            "let all that it takes from make the same");
    }
  }
}

// Whether each target can take what the steps before it make, and each step leads to one.
void ConfigReader::check_arrivals(const Place& place, PayloadKind source, const std::vector<ReadStep>& steps,
                                  const FlowConfig& flow) {
  std::vector<bool> used(flow.steps.size(), flow.targets.empty());
  for (const TargetConfig& to : flow.targets) {
    const auto named =
        std::count_if(flow.steps.begin(), flow.steps.end(), [&](const auto& step) { return step.id == to.from; });
    if (!to.from.empty() && to.from != kSourceName && named != 1) {
      std::vector<std::string> known = {std::string(kSourceName)};
      for (const StepConfig& step : flow.steps) known.push_back(step.id);
      wrong(to.place, named == 0 ? fmt::format("no step is called \"{}\"", shown(to.from))
                                 : fmt::format("the step \"{}\" stands {} times", shown(to.from), named),
            named == 0 ? suggest(to.from, known) : "take from a step that stands once");
      return;
    }
    const std::vector<std::size_t> way = flow.way_to(flow.last_step(to));
    for (const std::size_t step : way) used[step] = true;
    check_arrival(to.from.empty() ? place : to.place, source, kinds_of(flow, way), flow, to);
  }
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused == used.end()) return;
  const auto at = static_cast<std::size_t>(unused - used.begin());
  wrong(steps[at].place, fmt::format("the step \"{}\" leads to no target", shown(flow.steps[at].id)),
        "remove it, or let a target take from it");
}

void ConfigReader::check_arrival(const Place& place, PayloadKind source, const std::vector<StepKinds>& steps,
                                 const FlowConfig& flow, const TargetConfig& to) {
  const auto makes = [&](std::string_view name) {
    return std::any_of(steps.begin(), steps.end(), [&](const StepKinds& step) { return step.name == name; });
  };
  const Registry::TargetEntry* target = registry_.target(to.other.name);
  if (target == nullptr) {
    if (makes("chunk") || makes("embed")) return;
    wrong(place, fmt::format("the steps of \"{}\" make no passages, so nothing could be found", shown(flow.name)),
          "add `chunk` after `parse`");
    return;
  }
  if (makes("embed") && !target->descriptor.keeps_vectors) {
    wrong(place, fmt::format("the target \"{}\" keeps no vectors", target->descriptor.name), "leave `embed` out");
  }
  const PayloadKind arrives = kind_after(source, steps);
  const std::vector<PayloadKind>& takes = target->descriptor.takes;
  if (std::find(takes.begin(), takes.end(), arrives) != takes.end()) return;
  wrong(place, fmt::format("the target \"{}\" does not take {}, and the steps of \"{}\" make nothing else",
                           target->descriptor.name, payload_kind_name(arrives), shown(flow.name)),
        arrives == PayloadKind::bytes ? "add `parse`" : "take another target, for example knowledge_base");
}

}  // namespace naru
