// Another embedding model for a knowledge base that has one: its vectors are made beside the old ones, which go on
// serving, and one transaction goes over to them.
#pragma once

#include <span>
#include <vector>

#include "app/engine.h"
#include "app/run_report.h"
#include "flow/engine.h"

namespace naru {

// Passes events on, or keeps them until it is known whether they became true. Progress always passes.
class EventGate {
 public:
  explicit EventGate(EventSink sink) : sink_(std::move(sink)) {}
  void operator()(const FlowEvent& event);
  void close() { closed_ = true; }
  void open();  // what was kept is passed on
  void drop();  // what was kept never happened

 private:
  const EventSink sink_;
  bool closed_ = false;
  std::vector<FlowEvent> kept_;
};

// Those of `plans` whose knowledge base is served by another model stand first afterwards; how many they are.
// invalid_argument: they cannot go over, for other flows of the same knowledge base are not among the plans, or the run
// is limited.
Result<std::size_t> find_switching(Store& store, const Config& config, std::vector<FlowPlan>& plans,
                                   const RunOptions& options, const NoteSink& note);

// Runs these. The worst exit code; 75: stopped before the end, and the old model goes on serving.
Result<int> switch_models(FlowRunner& runner, Target& target, std::span<FlowPlan> plans, RunOptions options,
                          EventGate& gate);

}  // namespace naru
