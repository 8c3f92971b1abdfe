// What runs of flows would do: for `naru plan` and for the page.
//
// One thread. Nothing is written: neither to a target nor to the store.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/engine.h"
#include "app/output.h"
#include "app/run_report.h"
#include "flow/forecast.h"

namespace naru {

struct ForecastRequest {
  std::vector<std::string> flows;  // none: all
  bool exact = false, full = false, refit = false;  // as ForecastOptions
};

// Hears of each flow in its turn; an error that it gives back ends the look.
using ForecastSink = std::function<Status(const std::string& flow, Result<Forecast> forecast)>;

// Errors: those of the configuration and of the store, and what the sink gives back. A flow's own go to the sink.
Status forecast_flows(Engine& engine, const ForecastRequest& request, const NoteSink& note, std::stop_token stop,
                      const ForecastSink& sink);

// "2 to add, 1 to change, 0 to remove, 40 unchanged, 0 rejected", and what is dropped where anything is
std::string forecast_for_people(const Forecast& forecast);
// What `naru plan` says of a flow to a person.
void tell_forecast(const Forecast& forecast, Output& output);

// A line of `naru plan --json`; schema Plan of docs/api/openapi.json.
Json forecast_to_json(const Forecast& forecast, bool exact);

}  // namespace naru
