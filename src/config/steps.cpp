#include "config/steps.h"

#include <algorithm>

namespace naru {

namespace {

bool has(const std::vector<PayloadKind>& kinds, PayloadKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// What a step misses most likely, and how to get it.
StepProblem missing(std::size_t at, const StepKinds& step) {
  const std::string name = "`" + step.name + "`";
  if (has(step.takes, PayloadKind::document)) return {at, name + " needs documents", "put `parse` before it"};
  if (has(step.takes, PayloadKind::chunk)) return {at, name + " needs passages", "put `chunk` before it"};
  return {at, name + " needs rows", "take a source of rows, for example jsonl, and leave `parse` out"};
}

class Order {
 public:
  Order(PayloadKind source, const std::vector<StepKinds>& steps) : source_(source), steps_(steps) {}

  std::optional<StepProblem> problem(std::size_t i) const {
    const StepKinds& step = steps_[i];
    const std::string name = "`" + step.name + "`";
    if (step.gives && stands_before(step.name, i)) {
      return StepProblem{i, "the step " + name + " stands twice", "keep one of them"};
    }
    if (!is_there(step.takes, i)) return missing(i, step);
    if (step.name == "embed" && !is_last(i)) {
      return StepProblem{i, name + " must be the last step", "move it to the end"};
    }
    // A step that makes another kind comes too late only where one before it came too early, and that one says so.
    if (step.gives || stands_before("embed", i)) return std::nullopt;
    const PayloadKind now = kind_before(i);
    if (now == PayloadKind::row && stands_before("parse", steps_.size())) {
      return StepProblem{i, name + " stands before `parse`, which reads the source", "put it after `parse`"};
    }
    if (has(step.takes, now)) return std::nullopt;
    if (now == PayloadKind::chunk && has(step.takes, PayloadKind::document)) {
      return StepProblem{i, name + " changes documents, and `chunk` has cut them", "put it before `chunk`"};
    }
    return StepProblem{i, name + " does not work on " + std::string(payload_kind_name(now)), "put it earlier"};
  }

  PayloadKind kind_before(std::size_t i) const {
    PayloadKind kind = source_;
    for (std::size_t before = 0; before < i; ++before) kind = steps_[before].gives.value_or(kind);
    return kind;
  }

  bool stands_before(std::string_view name, std::size_t i) const {
    return std::any_of(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const StepKinds& step) { return step.name == name; });
  }

 private:
  // Whether one of these kinds was at some place before.
  bool is_there(const std::vector<PayloadKind>& kinds, std::size_t i) const {
    for (std::size_t before = 0; before <= i; ++before) {
      if (has(kinds, kind_before(before))) return true;
    }
    return false;
  }

  bool is_last(std::size_t i) const {
    return std::all_of(steps_.begin() + static_cast<std::ptrdiff_t>(i), steps_.end(),
                       [&](const StepKinds& step) { return step.name == steps_[i].name; });
  }

  const PayloadKind source_;
  const std::vector<StepKinds>& steps_;
};

}  // namespace

std::vector<StepProblem> step_problems(PayloadKind source, const std::vector<StepKinds>& steps) {
  const Order order(source, steps);
  std::vector<StepProblem> problems;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (auto problem = order.problem(i)) problems.push_back(std::move(*problem));
  }
  return problems;
}

PayloadKind kind_after(PayloadKind source, const std::vector<StepKinds>& steps) {
  return Order(source, steps).kind_before(steps.size());
}

bool reads_rows(PayloadKind source, const std::vector<StepKinds>& steps) {
  return source == PayloadKind::row && !Order(source, steps).stands_before("parse", steps.size());
}

}  // namespace naru
