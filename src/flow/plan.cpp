#include "flow/plan.h"

#include "flow/state.h"

namespace naru {

Id128 pipeline_fingerprint(const FlowPlan& plan) {
  std::string bytes;
  for (const FlowStep& step : plan.steps) bytes += step.step->fingerprint().bytes();
  // What another target holds has its label in it: a new one writes it anew.
  if (plan.target) return hash128({"pipeline into", plan.target_name, hash_label(plan.label).bytes(), bytes});
  return hash128({"pipeline", plan.knowledge_base, bytes});
}

}  // namespace naru
