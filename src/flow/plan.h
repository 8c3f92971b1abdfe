// FlowPlan: one flow of the configuration, built and ready to run.
//
// Made in app/ from the configuration; owned by it and lent to FlowRunner, one run at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "naru/flow.h"
#include "naru/model.h"

namespace naru {

struct FlowStep {
  std::string name;  // the word in naru.yaml
  std::unique_ptr<Operator> step;
};

struct FlowPlan {
  std::string name;
  std::string knowledge_base;
  std::unique_ptr<Source> source;
  Label label;                          // of every item of this flow
  std::vector<FlowStep> steps;          // parse, chunk, embed; see check_steps
  std::optional<ModelInfo> embedder;    // set exactly if `embed` is among the steps
};

// What the steps of a flow may be: each at most once, chunk after parse, embed last and after chunk. invalid_argument
// says what to change.
Status check_steps(const std::vector<std::string>& names);

// Of all steps and where they lead: another pipeline processes every item again.
Id128 pipeline_fingerprint(const FlowPlan& plan);

}  // namespace naru
