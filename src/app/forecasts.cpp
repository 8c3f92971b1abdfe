#include "app/forecasts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/model_switch.h"
#include "runtime/thread.h"

namespace naru {

namespace {

Json or_null(const auto& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

Status forecast_flows(Engine& engine, const ForecastRequest& request, const NoteSink& note, std::stop_token stop,
                      const ForecastSink& sink) {
  NARU_TRY(engine.check_flows(request.flows));
  NARU_TRY(engine.worker());  // its process starts before a document is in our memory
  Store* store = NARU_TRY(engine.store_to_read());
  std::vector<FlowPlan> plans = NARU_TRY(engine.plans(request.flows));
  std::vector<RunSummary> runs;
  if (store != nullptr) {
    runs = NARU_TRY(store->last_runs());
    NARU_TRY(find_switching(*store, engine.config(), plans, {}, note));
  }
  ForecastOptions options;
  options.exact = request.exact;
  options.full = request.full;
  options.refit = request.refit;
  options.workers = usable_cores();
  options.stop = std::move(stop);
  for (FlowPlan& plan : plans) {
    const auto last =
        std::find_if(runs.begin(), runs.end(), [&](const RunSummary& one) { return one.flow == plan.name; });
    Result<Forecast> made = forecast(plan, store, store, last == runs.end() ? nullptr : &*last, options);
    const double price = engine.config().embed ? engine.config().embed->price : 0;
    if (made && made->tokens && price > 0) made->cost = static_cast<double>(*made->tokens) * price / 1e6;
    NARU_TRY(sink(plan.name, std::move(made)));
  }
  return {};
}

std::string forecast_for_people(const Forecast& forecast) {
  const RunSummary& items = forecast.items;
  std::string text = fmt::format("{} to add, {} to change, {} to remove, {} unchanged, {} rejected", items.added,
                                 items.changed, items.removed, items.unchanged, items.rejected);
  if (items.dropped > 0) text += fmt::format(", {} dropped", items.dropped);
  return text;
}

void tell_forecast(const Forecast& forecast, Output& output) {
  const std::string& flow = forecast.items.flow;
  output.line(fmt::format("{}: {}; {} to read", output.toned(Tone::strong, flow), forecast_for_people(forecast),
                          human_bytes(forecast.bytes)));
  if (!forecast.fits.empty()) {
    output.line(fmt::format("  {} would be fitted to the corpus first", fmt::join(forecast.fits, ", ")));
  }
  if (forecast.texts) {
    output.line(fmt::format("  {} passages in these, {} new to embed, about {} tokens", *forecast.chunks,
                            *forecast.texts, *forecast.tokens) +
                (forecast.cost ? fmt::format(", which cost about {:.2f}", *forecast.cost) : ""));
  }
  if (forecast.seconds && *forecast.seconds > 0) {
    output.line(fmt::format("  about {} at the pace of the last run", human_seconds(*forecast.seconds)));
  }
  if (forecast.held) {
    output.note(fmt::format("{}: {} documents are missing, so many that a run removes none of them without "
                            "--accept-removals", flow, forecast.missing));
  }
}

Json forecast_to_json(const Forecast& forecast, bool exact) {
  return {{"flow", forecast.items.flow},
          {"exact", exact},
          {"items", items_to_json(forecast.items)},
          {"fits", forecast.fits},
          {"missing", forecast.missing},
          {"held", forecast.held},
          {"bytes", forecast.bytes},
          {"chunks", or_null(forecast.chunks)},
          {"embed", {{"texts", or_null(forecast.texts)}, {"tokens", or_null(forecast.tokens)},
                     {"cost", or_null(forecast.cost)}}},
          {"seconds", or_null(forecast.seconds)}};
}

}  // namespace naru
