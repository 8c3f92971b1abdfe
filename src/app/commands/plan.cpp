// naru plan: what a run would do and how long it would take, before anything is touched.
#include "app/commands/commands.h"
#include "app/forecasts.h"

namespace naru {

namespace {

Result<int> run(const ForecastRequest& request, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru plan`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  Output& output = invocation.output();
  const NoteSink note = [&output](const Note& said) { output.note(note_text(said)); };
  NARU_TRY(forecast_flows(*engine, request, note, invocation.stop(),
                          [&](const std::string&, Result<Forecast> looked) -> Status {
                            const Forecast made = NARU_TRY(std::move(looked));
                            if (invocation.json()) {
                              output.json(forecast_to_json(made, request.exact));
                            } else {
                              tell_forecast(made, output);
                            }
                            return {};
                          }));
  if (!request.exact && !invocation.json()) {
    output.note("by the sources' listings alone; --exact reads what changed and counts what is embedded");
  }
  return 0;
}

}  // namespace

void build_plan(Syntax& syntax) {
  const auto flags = std::make_shared<ForecastRequest>();
  syntax.arguments("FLOW", flags->flows, "The flows to look at; all where none is named.", Need::optional)
      .flag("--exact", flags->exact, "Read and parse what changed, store nothing: counts texts and tokens to embed.")
      .flag("--full", flags->full, "What `run --full` would do.")
      .flag("--refit", flags->refit, "What `run --refit` would do.")
      .example("naru plan                      what the sources' listings say")
      .example("naru plan handbook --exact     how many texts would be embedded")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
