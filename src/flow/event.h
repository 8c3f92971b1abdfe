// What a run tells while it goes: typed, printed by app/. A commit event is sent only after the commit is durable.
//
// The sink is called from the thread that runs the flow.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "flow/state.h"

namespace naru {

// A run begins; what follows of this flow is of it, up to its DoneEvent.
struct StartEvent {
  std::string flow;
  std::int64_t started_ms = 0;  // Unix time
};

struct CommitEvent {
  std::string flow;
  std::string target;  // of a flow with several: which
  Committed committed;
  std::vector<std::pair<std::string, Sha256>> docs;  // key and version of the source bytes
  std::vector<std::string> removed;                  // gone, or no longer readable
};

struct RejectEvent {
  std::string flow;
  Reject reject;
  bool unchanged = false;  // known from an earlier run and not looked at again
};

// An operator left an item out that was not out before for the same reason; the others are only counted.
struct DropEvent {
  std::string flow;
  std::string key;
  Drop drop;
};

// A call failed and is made again after a wait.
struct RetryEvent {
  std::string flow;
  std::string what;  // "source", or the target's name
  Error error;
  std::int64_t wait_ms = 0;
};

struct HeldEvent {
  std::string flow;
  std::uint64_t missing = 0, known = 0;
  std::vector<std::string> examples;  // a few of the missing keys
  bool former = false;                // all of it, for the configuration has no such flow any more
};

struct ProgressEvent {
  std::string flow;
  std::uint64_t done = 0, total = 0;  // items that had to be looked at; done: and wait for no vector any more
  std::uint64_t embedded = 0;         // texts so far
  double seconds = 0;
};

struct DoneEvent {
  RunSummary summary;
  double seconds = 0;
  std::optional<Error> error;  // why it failed
};

using FlowEvent =
    std::variant<StartEvent, CommitEvent, RejectEvent, DropEvent, HeldEvent, RetryEvent, ProgressEvent, DoneEvent>;
using EventSink = std::function<void(const FlowEvent&)>;

}  // namespace naru
