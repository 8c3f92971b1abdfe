// Runs that were: of every flow the last one, and the newest of those before. What `naru status` tells of them.
//
// Each function works on a truth that the caller opened; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "flow/state.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

// Of each flow so many are kept: of a run an hour the last eight days, of a run a night half a year.
inline constexpr std::size_t kRunsKept = 200;

// In the caller's transaction, which drops what is one too many.
Status keep_run(Database& truth, const RunSummary& run);
Result<std::vector<RunSummary>> read_last_runs(Database& truth);  // one of each flow that ever ran, by its name
// Of each flow the newest `each`, newest first; by the flow's name.
Result<std::vector<RunSummary>> read_runs(Database& truth, std::size_t each);
Status drop_runs(Database& truth, const std::string& flow);

}  // namespace naru
