// FlowPlan: one flow of the configuration, built and ready to run.
//
// Made in app/ from the configuration; owned by it and lent to FlowRunner, one run at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "naru/descriptor.h"
#include "naru/flow.h"
#include "naru/model.h"
#include "naru/target.h"

namespace naru {

struct FlowStep {
  std::string name;  // the word in naru.yaml
  std::unique_ptr<Operator> step;
  PayloadKind gives = PayloadKind::document;
};

struct FlowPlan {
  std::string name;
  std::string knowledge_base;           // empty where `target` is set
  std::unique_ptr<Target> target;       // null: the knowledge base, which the runner was given
  std::string target_name;              // for messages and the fingerprint: its word and its options
  std::unique_ptr<Source> source;
  bool reads_rows = false;              // the source hands on rows, not bytes or documents
  Label label;                          // of every item of this flow
  std::vector<FlowStep> steps;          // in order; config/steps.h says in which
  std::optional<ModelInfo> embedder;    // set exactly if `embed` is among the steps
};

// Of all steps and where they lead: another pipeline processes every item again.
Id128 pipeline_fingerprint(const FlowPlan& plan);

}  // namespace naru
