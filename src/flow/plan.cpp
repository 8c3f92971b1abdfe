#include "flow/plan.h"

#include "config/steps.h"

namespace naru {

Status check_steps(const std::vector<std::string>& names) {
  const std::vector<StepProblem> problems = step_problems(names);
  if (problems.empty()) return {};
  return Error(Code::invalid_argument, problems.front().message + ": " + problems.front().suggestion);
}

Id128 pipeline_fingerprint(const FlowPlan& plan) {
  std::string bytes;
  for (const FlowStep& step : plan.steps) bytes += step.step->fingerprint().bytes();
  return hash128({"pipeline", plan.knowledge_base, bytes});
}

}  // namespace naru
