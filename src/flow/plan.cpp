#include "flow/plan.h"

#include <algorithm>

#include "flow/state.h"

namespace naru {

FlowTarget::FlowTarget() = default;
FlowTarget::~FlowTarget() = default;
FlowTarget::FlowTarget(FlowTarget&&) noexcept = default;
FlowTarget& FlowTarget::operator=(FlowTarget&&) noexcept = default;

const std::string& FlowTarget::shown_name() const {
  if (keyed) return keyed->name;
  if (!target) return knowledge_base;
  return shown.empty() ? target_name : shown;
}

std::vector<std::size_t> inputs_of(const FlowPlan& plan, std::size_t step) {
  if (!plan.steps[step].from.empty()) return plan.steps[step].from;
  return {step == 0 ? kFromSource : step - 1};
}

std::vector<std::size_t> steps_to(const FlowPlan& plan, const FlowTarget& target) {
  std::vector<std::size_t> steps;
  const std::size_t last = target.from.value_or(plan.steps.empty() ? kFromSource : plan.steps.size() - 1);
  if (last == kFromSource) return steps;
  std::vector<bool> needed(last + 1, false);
  needed[last] = true;
  for (std::size_t step = last + 1; step-- > 0;) {  // whoever takes from a step stands after it
    if (!needed[step]) continue;
    steps.push_back(step);
    for (const std::size_t input : inputs_of(plan, step)) {
      if (input != kFromSource) needed[input] = true;
    }
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

std::string fingerprints_of(const FlowPlan& plan, const std::vector<std::size_t>& steps) {
  std::string bytes;
  for (std::size_t place = 0; place < steps.size(); ++place) {
    bytes += plan.steps[steps[place]].step->fingerprint().bytes();
    const std::vector<std::size_t> inputs = inputs_of(plan, steps[place]);
    const std::size_t before = place == 0 ? kFromSource : steps[place - 1];
    if (inputs.size() == 1 && inputs[0] == before) continue;  // a chain is its steps and nothing else
    for (const std::size_t input : inputs) {
      const auto found = std::find(steps.begin(), steps.end(), input);
      bytes += found == steps.end() ? "source;" : std::to_string(found - steps.begin()) + ";";
    }
  }
  return bytes;
}

Label label_of(const FlowPlan& plan, const Item& item) {
  return item.access ? narrowest(plan.label, {*item.access, plan.label.trust}) : plan.label;
}

void add_keyed_steps(const FlowPlan& plan, std::set<std::pair<std::string, std::string>>& steps) {
  for (std::size_t i = 0; i < plan.targets(); ++i) {
    const KeyedStep* keyed = plan.target_at(i).keyed.get();
    if (keyed == nullptr) continue;
    steps.insert({plan.name, keyed->name});
    add_keyed_steps(keyed->after, steps);
  }
}

Id128 pipeline_fingerprint(const FlowPlan& plan, const FlowTarget& target) {
  const std::string bytes = fingerprints_of(plan, steps_to(plan, target));
  if (target.keyed) return hash128({"pipeline by key", target.keyed->step->fingerprint().bytes(), bytes});
  // What another target holds has its label in it: a new one writes it anew.
  if (target.target) return hash128({"pipeline into", target.target_name, hash_label(plan.label).bytes(), bytes});
  return hash128({"pipeline", target.knowledge_base, bytes});
}

}  // namespace naru
