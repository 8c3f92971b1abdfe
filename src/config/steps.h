// Which steps may stand in which order in a flow: the one rule, told to the person by the configuration and held again
// by the flow engine. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace naru {

struct StepProblem {
  std::size_t step = 0;  // index into the names
  std::string message;
  std::string suggestion;
};

// Each at most once, `chunk` after `parse`, `embed` last and after `chunk`. All that is wrong, in order of the steps.
std::vector<StepProblem> step_problems(const std::vector<std::string>& names);

}  // namespace naru
