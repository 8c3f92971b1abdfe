// FlowPlan: one flow of the configuration, built and ready to run.
//
// Steps are a graph without cycles: each names the steps whose output it takes, and stands after them. Targets take
// what a step makes, each another one if need be: what two of them need is read, parsed and made once an item.
// Made in app/ from the configuration; owned by it and lent to FlowRunner, one run at a time.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/schedule.h"
#include "naru/descriptor.h"
#include "naru/fit.h"
#include "naru/flow.h"
#include "naru/keyed.h"
#include "naru/model.h"
#include "naru/target.h"

namespace naru {

// In the place of a step: the source itself.
inline constexpr std::size_t kFromSource = std::numeric_limits<std::size_t>::max();

struct FlowStep {
  std::string name;  // the word in naru.yaml
  std::shared_ptr<const Operator> step;
  PayloadKind gives = PayloadKind::document;
  // Steps before this one, or kFromSource: their outputs one after the other. None: the step before, or the source.
  std::vector<std::size_t> from = {};
  std::shared_ptr<const FitOperator> fits = nullptr;  // of a Fit step: as it is written; `step` is what is in force
  std::string id = {};  // what it is called where steps have names of their own; empty: `name`

  const std::string& called() const { return id.empty() ? name : id; }
};

struct KeyedStep;

// One place that a flow leads to.
struct FlowTarget {
  FlowTarget();
  ~FlowTarget();
  FlowTarget(FlowTarget&&) noexcept;
  FlowTarget& operator=(FlowTarget&&) noexcept;

  std::string knowledge_base;           // empty where `target` is set
  std::unique_ptr<Target> target;       // null: the knowledge base, which the runner was given
  std::unique_ptr<KeyedStep> keyed;     // set: its table, and what comes after it
  std::string target_name;              // for the fingerprint: its word and its options
  std::string shown;                    // for people; empty: target_name
  std::optional<std::size_t> from;      // the step whose output it takes, or kFromSource; none: the last one
  std::optional<ModelInfo> embedder;    // set exactly if `embed` is among the steps on the way to it

  const std::string& shown_name() const;
};

// Its first target is the plan itself: most flows have no other. A knowledge base comes first.
struct FlowPlan : FlowTarget {
  std::string name;
  std::unique_ptr<Source> source;       // null: what a Keyed step leaves
  std::string after_step;               // then: its word
  std::optional<std::size_t> made_before;  // up to this step the memo has items from before the Keyed step
  bool reads_rows = false;              // the source hands on rows, not bytes or documents
  Label label;                          // of every item of this flow
  std::optional<Schedule> schedule;     // watch() runs it by the clock, not when its source changes
  std::vector<FlowStep> steps;          // each after those that it takes from; config/steps.h says in which order
  std::vector<FlowTarget> others;       // more targets of the same steps

  std::size_t targets() const { return 1 + others.size(); }
  FlowTarget& target_at(std::size_t i) { return i == 0 ? *this : others[i - 1]; }
  const FlowTarget& target_at(std::size_t i) const { return i == 0 ? *this : others[i - 1]; }
};

// A Keyed step and what comes after it.
struct KeyedStep {
  std::string name;  // of its table, in its flow: in naru.yaml the step's word
  std::shared_ptr<const Operator> step;        // which is one of:
  const KeyedOperator* by_key = nullptr;       // its groups are the source of `after`
  const SelectingOperator* selects = nullptr;  // the items that stay are; `after` has all steps before it too
  FlowPlan after;
};

// What a step takes from: `from`, or what stands before it.
std::vector<std::size_t> inputs_of(const FlowPlan& plan, std::size_t step);

// The steps on the way to a target, `embed` among them, in their order.
std::vector<std::size_t> steps_to(const FlowPlan& plan, const FlowTarget& target);

// Of all steps on the way to a target and where they lead: another pipeline processes every item again, for this target
// alone.
Id128 pipeline_fingerprint(const FlowPlan& plan, const FlowTarget& target);
inline Id128 pipeline_fingerprint(const FlowPlan& plan) { return pipeline_fingerprint(plan, plan); }

// Of an item: the flow's, narrowed to whom its source says may read it.
Label label_of(const FlowPlan& plan, const Item& item);

// (flow, step) of all Keyed steps of a plan.
void add_keyed_steps(const FlowPlan& plan, std::set<std::pair<std::string, std::string>>& steps);

// Of these steps alone, as they hang together.
std::string fingerprints_of(const FlowPlan& plan, const std::vector<std::size_t>& steps);

}  // namespace naru
