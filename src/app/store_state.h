// StoreState: what `naru status` and the server say of flows, knowledge bases, rejects and disk use. A plain value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/engine.h"
#include "app/weights_in_force.h"
#include "base/json.h"
#include "config/config.h"
#include "serve/service.h"
#include "store/store.h"

namespace naru {

struct StoreState {
  std::vector<KnowledgeBaseInfo> bases;
  std::vector<RunSummary> runs;       // the last one of each flow
  std::vector<RunSummary> past_runs;  // of each flow some, newest first
  std::vector<std::pair<std::string, Reject>> rejects;
  std::map<std::string, DropCounts> drops;  // by flow: items that operators leave out now
  Json disk = Json::object();
  std::optional<DiskState> writable;  // none: nothing has been taken in yet, or it is not theirs to see
  HistoryInfo history;
  std::vector<TunedWeights> tuned;

  // What a search of this knowledge base alone fuses by; none: nothing is embedded in it.
  std::optional<WeightsInForce> weights(const Config& config, const KnowledgeBaseInfo& base) const;

  std::size_t rejects_of(const std::string& flow) const;
  const RunSummary* last_run(const std::string& flow) const;  // null: never
};

// So many of the runs of each flow are told of where nobody says how many.
inline constexpr std::size_t kPastRunsShown = 10;

// `store` may be null: nothing has been taken in yet. Of others than the owner only the knowledge bases they may read.
Result<StoreState> read_store_state(const Engine& engine, Store* store, const Principal& principal,
                                    std::size_t past_runs = kPastRunsShown);

// Of the flows that naru.yaml has (where there is none: that the store knows) and that ran, by name.
Result<std::vector<FlowRun>> read_flow_runs(const Config& config, Store& store);

// As `naru status --json` prints it.
Json store_state_to_json(const Config& config, const StoreState& state, const Principal& principal);

}  // namespace naru
