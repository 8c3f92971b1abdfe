#include "flow/plan.h"

#include <algorithm>

namespace naru {

Status check_steps(const std::vector<std::string>& names) {
  const auto place = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) - names.begin(); };
  const auto count = static_cast<std::ptrdiff_t>(names.size());
  for (auto it = names.begin(); it != names.end(); ++it) {
    if (std::find(names.begin(), it, *it) != it) {
      return Error(Code::invalid_argument, "the step `" + *it + "` stands twice; keep one of them");
    }
  }
  const auto parse = place("parse"), chunk = place("chunk"), embed = place("embed");
  if (chunk < count && (parse == count || parse > chunk)) {
    return Error(Code::invalid_argument, "`chunk` needs documents: put `parse` before it");
  }
  if (embed < count && (chunk == count || chunk > embed)) {
    return Error(Code::invalid_argument, "`embed` needs passages: put `chunk` before it");
  }
  if (embed < count && embed != count - 1) return Error(Code::invalid_argument, "`embed` must be the last step");
  return {};
}

Id128 pipeline_fingerprint(const FlowPlan& plan) {
  std::string bytes;
  for (const FlowStep& step : plan.steps) bytes += step.step->fingerprint().bytes();
  return hash128({"pipeline", bytes});
}

}  // namespace naru
