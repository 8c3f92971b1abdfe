// What a run of a flow is in the words of OpenLineage: which job, what it reads, what it writes, how it went. Spec
// 2-0-2 (openlineage.io/spec/2-0-2/OpenLineage.json), names of datasets as its naming rules have them where they have.
//
// Pure functions; any thread. Nothing that a reference of naru.yaml stands for (${env:…}, ${secret:…}) is looked up,
// and of addresses only scheme, host, port and path are said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/config.h"
#include "flow/state.h"
#include "naru/result.h"

namespace naru {

struct LineageDataset {
  std::string space, name;
  bool operator==(const LineageDataset&) const = default;
};

// A job's description does not change from run to run.
struct LineageJob {
  std::string space, name;
  std::vector<LineageDataset> inputs;   // where a source begins at several places, each; at most kInputsMax of each
  std::vector<LineageDataset> outputs;  // in the order of the flow's targets
  std::vector<std::string> targets;     // of each output, what RunSummary::target calls it
};

inline constexpr std::size_t kInputsMax = 32;

LineageJob lineage_job(const Config& config, const FlowConfig& flow, const std::string& space);
std::vector<LineageDataset> datasets_of(const NamedOptions& named, const std::string& folder, const std::string& flow);

// A new id of a run: a UUID of version 7.
std::string new_run_id(std::int64_t unix_ms);

Json start_event(const LineageJob& job, const std::string& run_id, std::int64_t unix_ms);
// COMPLETE of a run that is done, FAIL of one that failed, ABORT of one that was stopped or is held. `failed`: why.
Json end_event(const LineageJob& job, const std::string& run_id, const RunSummary& run, const Error* failed);

}  // namespace naru
