#include "config/steps.h"

#include <algorithm>

namespace naru {

std::vector<StepProblem> step_problems(const std::vector<std::string>& names) {
  std::vector<StepProblem> problems;
  const auto stands_before = [&](std::string_view name, std::size_t i) {
    return std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), name) !=
           names.begin() + static_cast<std::ptrdiff_t>(i);
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    if (stands_before(name, i)) {
      problems.push_back({i, "the step `" + name + "` stands twice", "keep one of them"});
      continue;
    }
    const bool on_documents = name != "parse" && name != "chunk" && name != "embed";
    if ((on_documents || name == "chunk") && !stands_before("parse", i)) {
      problems.push_back({i, "`" + name + "` needs documents", "put `parse` before it"});
    }
    if (on_documents && stands_before("chunk", i) && !stands_before("embed", i)) {
      problems.push_back({i, "`" + name + "` changes documents, and `chunk` has cut them", "put it before `chunk`"});
    }
    if (name != "embed") continue;
    if (!stands_before("chunk", i)) problems.push_back({i, "`embed` needs passages", "put `chunk` before it"});
    const bool last = std::all_of(names.begin() + static_cast<std::ptrdiff_t>(i), names.end(),
                                  [](const std::string& later) { return later == "embed"; });
    if (!last && stands_before("chunk", i))
      problems.push_back({i, "`embed` must be the last step", "move it to the end"});
  }
  return problems;
}

}  // namespace naru
