// Runs flows and says what happens: as the events of contract.md, or as a person wants to read it.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/engine.h"
#include "app/invocation.h"
#include "app/run_report.h"
#include "flow/engine.h"
#include "flow/event.h"

namespace naru {

struct RunRequest {
  std::vector<std::string> flows;  // none: all
  bool full = false, refit = false, accept_removals = false, watch = false;
  bool plan = false;  // of a person: says first what `naru plan` says, and afterwards what came of it
  std::optional<KeyRange> keys;
  bool replay = false;                // looks at rejects again
  std::vector<std::string> replayed;  // of these documents; none: of all
  std::uint64_t limit = 0;            // 0: all
  std::string metrics_file;           // written anew whenever a flow has ended; "": none
};

// Who hears what a run says; called from the run's thread.
struct RunListener {
  EventSink event;
  NoteSink note;
  std::function<void(const Error&)> error;  // a flow failed, and others still have their turn
};

// The exit code: 0; 1 where something was rejected; 75 where something was held or `stop` was requested.
Result<int> run_flows(Engine& engine, const RunRequest& request, const RunListener& listener, std::stop_token stop);
// The same, told as the person asked for it.
Result<int> run_flows(Engine& engine, const RunRequest& request, Invocation& invocation);

// The events as JSON, exactly as contract.md names them.
Json event_to_json(const FlowEvent& event);

}  // namespace naru
