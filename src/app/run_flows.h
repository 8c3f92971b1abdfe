// Runs flows and says what happens: as the events of contract.md, or as a person wants to read it.
#pragma once

#include <string>
#include <vector>

#include "app/engine.h"
#include "app/invocation.h"
#include "flow/event.h"

namespace naru {

struct RunRequest {
  std::vector<std::string> flows;  // none: all
  bool full = false, accept_removals = false, watch = false;
  std::uint64_t limit = 0;         // 0: all
};

// The exit code: 0; 1 where something was rejected; 75 where something was held or we were asked to stop.
Result<int> run_flows(Engine& engine, const RunRequest& request, Invocation& invocation);

// The events as JSON, exactly as contract.md names them.
Json event_to_json(const FlowEvent& event);

}  // namespace naru
