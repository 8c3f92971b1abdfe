// naru plan: what a run would do and how long it would take, before anything is touched.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/model_switch.h"
#include "app/run_report.h"
#include "flow/forecast.h"
#include "runtime/thread.h"

namespace naru {

namespace {

struct PlanFlags {
  std::vector<std::string> flows;
  bool exact = false, full = false, refit = false;
};

Json or_null(const auto& value) { return value ? Json(*value) : Json(nullptr); }

Json forecast_to_json(const Forecast& forecast, bool exact) {
  return {{"flow", forecast.items.flow},
          {"exact", exact},
          {"items", items_to_json(forecast.items)},
          {"fits", forecast.fits},
          {"missing", forecast.missing},
          {"held", forecast.held},
          {"bytes", forecast.bytes},
          {"chunks", or_null(forecast.chunks)},
          {"embed", {{"texts", or_null(forecast.texts)}, {"tokens", or_null(forecast.tokens)}}},
          {"seconds", or_null(forecast.seconds)}};
}

void tell(const Forecast& forecast, Output& output) {
  const RunSummary& items = forecast.items;
  const std::string dropped = items.dropped > 0 ? fmt::format(", {} dropped", items.dropped) : "";
  output.line(fmt::format("{}: {} to add, {} to change, {} to remove, {} unchanged, {} rejected{}; {} to read",
                          output.toned(Tone::strong, items.flow), items.added, items.changed, items.removed,
                          items.unchanged, items.rejected, dropped, human_bytes(forecast.bytes)));
  if (!forecast.fits.empty()) {
    output.line(fmt::format("  {} would be fitted to the corpus first", fmt::join(forecast.fits, ", ")));
  }
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
  if (store != nullptr) {
    runs = NARU_TRY(store->last_runs());
    NARU_TRY(find_switching(*store, engine->config(), plans, {}, [&invocation](const Note& note) {
      invocation.output().note(note_text(note));
    }));
  }
  ForecastOptions options;
  options.exact = flags.exact;
  options.full = flags.full;
  options.refit = flags.refit;
  options.workers = usable_cores();
  options.stop = invocation.stop();
  for (FlowPlan& plan : plans) {
    const auto last =
        std::find_if(runs.begin(), runs.end(), [&](const RunSummary& one) { return one.flow == plan.name; });
    const Forecast made = NARU_TRY(forecast(plan, store, store, last == runs.end() ? nullptr : &*last, options));
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
      .flag("--refit", flags->refit, "What `run --refit` would do.")
      .example("naru plan                      what the sources' listings say")
      .example("naru plan handbook --exact     how many texts would be embedded")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
