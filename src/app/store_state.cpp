#include "app/store_state.h"

#include <algorithm>
#include <limits>

#include "app/ranking.h"
#include "app/run_report.h"
#include "app/without_document.h"
#include "runtime/clock.h"

namespace naru {

std::size_t StoreState::rejects_of(const std::string& flow) const {
  return static_cast<std::size_t>(
      std::count_if(rejects.begin(), rejects.end(), [&](const auto& reject) { return reject.first == flow; }));
}

const RunSummary* StoreState::last_run(const std::string& flow) const {
  for (const RunSummary& run : runs) {
    if (run.flow == flow) return &run;
  }
  return nullptr;
}

std::optional<WeightsInForce> StoreState::weights(const Config& config, const KnowledgeBaseInfo& base) const {
  if (!base.embedder) return std::nullopt;
  return weights_in_force(config.search_in(base.name), *base.embedder, base.name, tuned);
}

Result<StoreState> read_store_state(const Engine& engine, Store* store, const Principal& principal,
                                    std::size_t past_runs) {
  StoreState state;
  if (store == nullptr) return state;  // a run of any flow makes one
  state.bases = NARU_TRY(store->knowledge_bases(principal));
  if (!principal.is_owner()) return state;  // names and counts of the rest are not theirs to see
  state.runs = NARU_TRY(store->last_runs());
  state.past_runs = NARU_TRY(store->past_runs(past_runs));
  WithoutDocument without = NARU_TRY(items_without_document(engine, store));
  state.rejects = std::move(without.rejected);
  for (const auto& [flow, reject] : without.dropped) {
    const std::optional<Drop> drop = drop_of(reject.code, reject.message);
    count_drop(state.drops[flow], drop->step, drop->reason, {1, 0});
  }
  state.disk = NARU_TRY(store->disk_use());
  state.writable = NARU_TRY(store->disk_state());
  state.history = NARU_TRY(store->history());
  state.tuned = NARU_TRY(store->tuned_weights());
  return state;
}

namespace {

// Runs are read in full: first a few, then all that are kept, and only where a last run was none.
constexpr std::size_t kRunsLookedAt = 8;

Status find_successes(Store& store, std::vector<FlowRun>& flows) {
  std::size_t looked_at = 0;
  for (std::size_t each = kRunsLookedAt;; each = std::numeric_limits<std::size_t>::max()) {
    const bool all = std::all_of(flows.begin(), flows.end(), [](const FlowRun& flow) { return flow.succeeded_ms > 0; });
    if (all || looked_at > kRunsLookedAt) return {};
    looked_at = each;
    const std::vector<RunSummary> runs = NARU_TRY(store.past_runs(each));  // newest first
    for (FlowRun& flow : flows) {
      const auto done = std::find_if(runs.begin(), runs.end(), [&](const RunSummary& run) {
        return run.flow == flow.last.flow && run.outcome == "done";
      });
      if (done != runs.end() && flow.succeeded_ms == 0) flow.succeeded_ms = done->ended_ms;
    }
  }
}

}  // namespace

Result<std::vector<FlowRun>> read_flow_runs(const Config& config, Store& store) {
  std::vector<FlowRun> flows;
  std::vector<RunSummary> last = NARU_TRY(store.last_runs());
  for (RunSummary& run : last) {
    if (!config.flows.empty() && config.flow(run.flow) == nullptr) continue;
    const std::int64_t succeeded_ms = run.outcome == "done" ? run.ended_ms : 0;
    flows.push_back({std::move(run), succeeded_ms});
  }
  NARU_TRY(find_successes(store, flows));
  return flows;
}

Json store_state_to_json(const Config& config, const StoreState& state, const Principal& principal) {
  const bool owner = principal.is_owner();
  Json json = {{"store", config.store}, {"flows", Json::array()}, {"knowledge_bases", Json::array()}};
  for (const FlowConfig& flow : config.flows) {
    if (!owner) break;
    Json entry = {{"flow", flow.name}, {"kb", flow.knowledge_base}, {"rejects", state.rejects_of(flow.name)},
                  {"last_run", nullptr}};
    if (flow.knowledge_base.empty() && flow.targets.size() == 1) entry["target"] = leads_to(flow);
    for (const TargetConfig& to : flow.targets) {
      if (flow.targets.size() > 1) entry["targets"].push_back(leads_to(to));
    }
    if (const auto drops = state.drops.find(flow.name); drops != state.drops.end()) {
      entry["drops"] = drops_to_json(drops->second);
    }
    if (const RunSummary* run = state.last_run(flow.name)) {
      entry["last_run"] = past_run_to_json(*run);
      entry["lag_seconds"] = static_cast<double>(system_clock().unix_ms() - run->ended_ms) / 1000;
    }
    entry["runs"] = Json::array();
    for (const RunSummary& run : state.past_runs) {
      if (run.flow == flow.name) entry["runs"].push_back(past_run_to_json(run));
    }
    json["flows"].push_back(std::move(entry));
  }
  for (const KnowledgeBaseInfo& base : state.bases) {
    json["knowledge_bases"].push_back({{"kb", base.name}, {"documents", base.documents}, {"chunks", base.chunks},
                                       {"embedder", base.embedder ? Json(base.embedder->name) : Json(nullptr)}});
    json["knowledge_bases"].back()["ranking"] = ranking_to_json(ranking_of(config.search_in(base.name)));
    if (!owner) continue;  // what was tuned was not read for them
    if (const auto weights = state.weights(config, base)) {
      json["knowledge_bases"].back()["weights"] = weights_to_json(*weights, owner);
    }
  }
  json["disk"] = state.disk;
  if (!owner) return json;
  if (const std::optional<DiskState>& found = state.writable) {
    json["writable"] = {{"state", name_of(found->writable)}, {"free_bytes", found->free_bytes},
                        {"advice", found->advice}};
  }
  const HistoryInfo& history = state.history;
  json["history"] = {{"oldest", history.oldest}, {"newest", history.newest}, {"generations", history.generations},
                     {"chunks", history.chunks}, {"tags", history.tags.size()}};
  return json;
}

}  // namespace naru
