// Telemetry: what naru.yaml says under `telemetry:` and the variables of OpenTelemetry, made to work: spans of this
// process, and events of the runs of flows.
//
// Whoever hears of it may be away, slow or wrong: a run goes on as without, and its end waits for kCloseMsMax at most
// for each of the two (outbox.h). What could not be sent is said once, and counted at the end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/engine.h"
#include "app/telemetry/lineage_event.h"
#include "app/telemetry/outbox.h"
#include "flow/event.h"
#include "runtime/trace.h"

namespace naru {

// Sends spans while it lives, beside whoever else traces. One at a time in a process.
class SpanExport {
 public:
  // Null: nobody asks for spans. A configuration error: a reference of naru.yaml leads to nothing.
  static Result<std::unique_ptr<SpanExport>> start(Engine& engine);
  ~SpanExport();
  SpanExport(const SpanExport&) = delete;

 private:
  struct Where;
  SpanExport(const Engine& engine, Where where);
  static Result<std::optional<Where>> where(const Config& config);

  const Engine& engine_;
  const std::string shown_;  // the address, without secrets
  Outbox<SpanRecord> outbox_;
  TraceSink before_;
};

// Tells of each run of a flow that it began and how it ended. One thread, that of the flows.
class LineageReport {
 public:
  // Null: naru.yaml asks for none. Errors as above.
  static Result<std::unique_ptr<LineageReport>> start(const Engine& engine);
  ~LineageReport();
  LineageReport(const LineageReport&) = delete;

  void hear(const FlowEvent& event);

 private:
  struct Running {
    std::string id;
    LineageJob job;
  };
  LineageReport(const Engine& engine, std::string shown, Outbox<Json>::Deliver deliver);

  const Engine& engine_;
  const std::string shown_;
  std::map<std::string, Running> running_;  // by flow
  Outbox<Json> outbox_;
};

}  // namespace naru
