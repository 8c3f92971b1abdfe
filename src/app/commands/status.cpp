// naru status: flows with their runs, knowledge bases, rejects, disk use by part.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/ranking.h"
#include "app/run_report.h"
#include "app/store_state.h"
#include "runtime/clock.h"
#include "store/run_history.h"

namespace naru {

namespace {

void print_runs(const StoreState& state, const std::string& flow, Output& output) {
  for (const RunSummary& run : state.past_runs) {
    if (run.flow != flow) continue;
    output.line(fmt::format("    {}  {} in {}", utc_time(run.ended_ms), run_for_people(run),
                            human_seconds(seconds_of(run))));
  }
}

void print(const Config& config, const StoreState& state, bool owner, bool with_runs, Output& output) {
  for (const FlowConfig& flow : config.flows) {
    if (!owner) break;
    output.line(fmt::format("{} → {}", output.toned(Tone::strong, flow.name), leads_to(flow)));
    const RunSummary* run = state.last_run(flow.name);
    if (run == nullptr) {
      output.line("  never run");
      continue;
    }
    const double lag = static_cast<double>(system_clock().unix_ms() - run->ended_ms) / 1000;
    output.line(fmt::format("  {} ({} ago): {}", utc_time(run->ended_ms), human_seconds(lag), run_for_people(*run)));
    for (const std::string& line : targets_for_people(*run)) output.line("  " + line);
    if (with_runs) print_runs(state, flow.name, output);
    if (const std::size_t count = state.rejects_of(flow.name)) {
      output.line(fmt::format("  {} rejected; `naru rejects ls` says why", count));
    }
    if (const auto drops = state.drops.find(flow.name); drops != state.drops.end()) {
      output.line(fmt::format("  dropped by {}; `naru rejects ls --dropped` names them",
                              drops_for_people(drops->second)));
    }
  }
  for (const KnowledgeBaseInfo& base : state.bases) {
    output.line(fmt::format("{}: {} documents, {} passages, {}", output.toned(Tone::strong, base.name), base.documents,
                            base.chunks, base.embedder ? "embedded by " + base.embedder->name : "words only"));
    output.line("  " + ranking_for_people(ranking_of(config.search_in(base.name))));
    if (!owner) continue;
    if (const auto weights = state.weights(config, base)) output.line("  " + weights_for_people(*weights, owner));
  }
  if (state.bases.empty() && state.runs.empty()) output.line(kNothingTakenIn);
  if (const HistoryInfo& history = state.history; owner && history.newest > 0) {
    output.line(fmt::format("epoch {}; of the past, from epoch {}: {} documents as they were, {} passages, {} tags",
                            history.newest, history.oldest, history.generations, history.chunks, history.tags.size()));
  }
  if (const std::optional<DiskState>& found = state.writable; found && found->writable != Writable::yes) {
    output.line(fmt::format("{} ({} free): {}", output.toned(Tone::bad, "cannot be written to"),
                            human_bytes(found->free_bytes), found->advice));
  }
  for (const auto& [part, bytes] : state.disk.items()) {
    if (!bytes.is_number_unsigned()) continue;
    output.line(fmt::format("  {:<10} {}", part, human_bytes(bytes.get<std::uint64_t>())));
  }
}

Result<int> run(Invocation& invocation, std::optional<std::uint64_t> runs) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  const StoreState state = NARU_TRY(read_store_state(*engine, NARU_TRY(engine->store_to_read()), principal,
                                                      runs.value_or(kPastRunsShown)));
  if (invocation.json()) {
    invocation.output().json(store_state_to_json(engine->config(), state, principal));
  } else {
    print(engine->config(), state, principal.is_owner(), runs.has_value(), invocation.output());
  }
  return 0;
}

}  // namespace

void build_status(Syntax& syntax) {
  const auto runs = std::make_shared<std::optional<std::uint64_t>>();
  syntax.example("naru status")
      .example("naru status --runs 20")
      .number("--runs", "N", *runs, 1, kRunsKept,
              "So many of the last runs of each flow; with --json 10 unless given.")
      .runs([runs](Invocation& invocation) { return run(invocation, *runs); });
}

}  // namespace naru
