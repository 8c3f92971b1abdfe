// naru status: flows with their last runs, knowledge bases, rejects, disk use by part.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/run_report.h"
#include "runtime/clock.h"

namespace naru {

namespace {

struct State {
  std::vector<KnowledgeBaseInfo> bases;
  std::vector<RunSummary> runs;
  std::vector<std::pair<std::string, Reject>> rejects;
  Json disk = Json::object();
  HistoryInfo history;
};

Result<State> read_state(Engine& engine, const Principal& principal) {
  State state;
  Store* store = NARU_TRY(engine.store_to_read());
  if (store == nullptr) return state;
  state.bases = NARU_TRY(store->knowledge_bases(principal));
  if (!principal.is_owner()) return state;  // names and counts of the rest are not theirs to see
  state.runs = NARU_TRY(store->last_runs());
  state.rejects = NARU_TRY(store->rejects());
  state.disk = NARU_TRY(store->disk_use());
  state.history = NARU_TRY(store->history());
  return state;
}

std::size_t rejects_of(const State& state, const std::string& flow) {
  return static_cast<std::size_t>(std::count_if(state.rejects.begin(), state.rejects.end(),
                                                [&](const auto& reject) { return reject.first == flow; }));
}

const RunSummary* last_run(const State& state, const std::string& flow) {
  for (const RunSummary& run : state.runs) {
    if (run.flow == flow) return &run;
  }
  return nullptr;
}

Json to_json(const Config& config, const State& state, bool owner) {
  Json json = {{"store", config.store}, {"flows", Json::array()}, {"knowledge_bases", Json::array()}};
  for (const FlowConfig& flow : config.flows) {
    if (!owner) break;
    Json entry = {{"flow", flow.name}, {"kb", flow.knowledge_base}, {"rejects", rejects_of(state, flow.name)},
                  {"last_run", nullptr}};
    if (const RunSummary* run = last_run(state, flow.name)) {
      entry["last_run"] = run_to_json(*run);
      entry["last_run"]["started_ms"] = run->started_ms;
      entry["last_run"]["ended_ms"] = run->ended_ms;
      entry["lag_seconds"] = static_cast<double>(system_clock().unix_ms() - run->ended_ms) / 1000;
    }
    json["flows"].push_back(std::move(entry));
  }
  for (const KnowledgeBaseInfo& base : state.bases) {
    json["knowledge_bases"].push_back({{"kb", base.name}, {"documents", base.documents}, {"chunks", base.chunks},
                                       {"embedder", base.embedder ? Json(base.embedder->name) : Json(nullptr)}});
  }
  json["disk"] = state.disk;
  if (!owner) return json;
  const HistoryInfo& history = state.history;
  json["history"] = {{"oldest", history.oldest}, {"newest", history.newest}, {"generations", history.generations},
                     {"chunks", history.chunks}, {"tags", history.tags.size()}};
  return json;
}

void print(const Config& config, const State& state, bool owner, Output& output) {
  for (const FlowConfig& flow : config.flows) {
    if (!owner) break;
    output.line(fmt::format("{} → {}", output.toned(Tone::strong, flow.name), flow.knowledge_base));
    const RunSummary* run = last_run(state, flow.name);
    if (run == nullptr) {
      output.line("  never run");
      continue;
    }
    const double lag = static_cast<double>(system_clock().unix_ms() - run->ended_ms) / 1000;
    output.line(fmt::format("  {} ({} ago): {}", utc_time(run->ended_ms), human_seconds(lag), run_for_people(*run)));
    if (const std::size_t count = rejects_of(state, flow.name)) {
      output.line(fmt::format("  {} rejected; `naru rejects ls` says why", count));
    }
  }
  for (const KnowledgeBaseInfo& base : state.bases) {
    output.line(fmt::format("{}: {} documents, {} passages, {}", output.toned(Tone::strong, base.name), base.documents,
                            base.chunks, base.embedder ? "embedded by " + base.embedder->name : "words only"));
  }
  if (state.bases.empty()) output.line(kNothingTakenIn);
  if (const HistoryInfo& history = state.history; owner && history.newest > 0) {
    output.line(fmt::format("epoch {}; of the past, from epoch {}: {} documents as they were, {} passages, {} tags",
                            history.newest, history.oldest, history.generations, history.chunks, history.tags.size()));
  }
  for (const auto& [part, bytes] : state.disk.items()) {
    if (!bytes.is_number_unsigned()) continue;
    output.line(fmt::format("  {:<10} {}", part, human_bytes(bytes.get<std::uint64_t>())));
  }
}

Result<int> run(Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  const State state = NARU_TRY(read_state(*engine, principal));
  if (invocation.json()) {
    invocation.output().json(to_json(engine->config(), state, principal.is_owner()));
  } else {
    print(engine->config(), state, principal.is_owner(), invocation.output());
  }
  return 0;
}

}  // namespace

void build_status(Syntax& syntax) {
  syntax.example("naru status").runs([](Invocation& invocation) { return run(invocation); });
}

}  // namespace naru
