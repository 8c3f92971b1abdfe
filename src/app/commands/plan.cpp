// naru plan: what a run would do and how long it would take, before anything is touched.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "flow/forecast.h"
#include "runtime/thread.h"

namespace naru {

namespace {

struct PlanFlags {
  std::vector<std::string> flows;
  bool exact = false, full = false;
};

// Where nothing has been taken in yet.
class EmptyState : public StateStore {
 public:
  Result<std::vector<KnownItem>> known_items(const std::string&) override { return std::vector<KnownItem>(); }
  Result<std::optional<std::string>> memo_get(const Id128&) override { return std::optional<std::string>(); }
  Status memo_put(const Id128&, std::string_view) override { return {}; }
  Result<std::vector<bool>> have_vectors(const ModelInfo&, std::span<const Id128> keys) override {
    return std::vector<bool>(keys.size(), false);
  }
  Status put_vectors(const ModelInfo&, std::span<const Id128>, std::span<const std::vector<float>>) override {
    return {};
  }
  Status keep_vectors(const ModelInfo&) override { return {}; }
  Status record_run(const RunSummary&) override { return {}; }
};

Json or_null(const auto& value) { return value ? Json(*value) : Json(nullptr); }

Json forecast_to_json(const Forecast& forecast, bool exact) {
  const RunSummary& items = forecast.items;
  Json json = {{"flow", items.flow},
               {"exact", exact},
               {"items", {{"seen", items.seen}, {"added", items.added}, {"changed", items.changed},
                          {"removed", items.removed}, {"unchanged", items.unchanged}, {"rejected", items.rejected}}},
               {"missing", forecast.missing},
               {"held", forecast.held},
               {"bytes", forecast.bytes},
               {"chunks", or_null(forecast.chunks)},
               {"embed", {{"texts", or_null(forecast.texts)}, {"tokens", or_null(forecast.tokens)}}},
               {"seconds", or_null(forecast.seconds)}};
  if (items.forgotten > 0) json["items"]["forgotten"] = items.forgotten;
  return json;
}

void tell(const Forecast& forecast, Output& output) {
  const RunSummary& items = forecast.items;
  output.line(fmt::format("{}: {} to add, {} to change, {} to remove, {} unchanged, {} rejected; {} to read",
                          output.toned(Tone::strong, items.flow), items.added, items.changed, items.removed,
                          items.unchanged, items.rejected, human_bytes(forecast.bytes)));
  if (forecast.texts) {
    output.line(fmt::format("  {} passages in these, {} new to embed, about {} tokens", *forecast.chunks,
                            *forecast.texts, *forecast.tokens));
  }
  if (forecast.seconds && *forecast.seconds > 0) {
    output.line(fmt::format("  about {} at the pace of the last run", human_seconds(*forecast.seconds)));
  }
  if (forecast.held) {
    output.note(fmt::format("{}: {} documents are missing, so many that a run removes none of them without "
                            "--accept-removals", items.flow, forecast.missing));
  }
}

Result<int> run(const PlanFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru plan`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  NARU_TRY(engine->check_flows(flags.flows));
  NARU_TRY(engine->worker());  // its process starts before a document is in our memory
  Store* store = NARU_TRY(engine->store_to_read());
  std::vector<FlowPlan> plans = NARU_TRY(engine->plans(flags.flows));
  std::vector<RunSummary> runs;
  if (store != nullptr) runs = NARU_TRY(store->last_runs());
  EmptyState nothing;
  ForecastOptions options;
  options.exact = flags.exact;
  options.full = flags.full;
  options.workers = usable_cores();
  options.stop = invocation.stop();
  for (FlowPlan& plan : plans) {
    const auto last =
        std::find_if(runs.begin(), runs.end(), [&](const RunSummary& one) { return one.flow == plan.name; });
    StateStore& state = store != nullptr ? static_cast<StateStore&>(*store) : nothing;
    const Forecast made = NARU_TRY(forecast(plan, state, last == runs.end() ? nullptr : &*last, options));
    if (invocation.json()) {
      invocation.output().json(forecast_to_json(made, flags.exact));
    } else {
      tell(made, invocation.output());
    }
  }
  if (!flags.exact && !invocation.json()) {
    invocation.output().note("by the sources' listings alone; --exact reads what changed and counts what is embedded");
  }
  return 0;
}

}  // namespace

void build_plan(Syntax& syntax) {
  const auto flags = std::make_shared<PlanFlags>();
  syntax.arguments("FLOW", flags->flows, "The flows to look at; all where none is named.", Need::optional)
      .flag("--exact", flags->exact, "Read and parse what changed, store nothing: counts texts and tokens to embed.")
      .flag("--full", flags->full, "What `run --full` would do.")
      .example("naru plan                      what the sources' listings say")
      .example("naru plan handbook --exact     how many texts would be embedded")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
