// Metrics of flows: what the last run of each did and when it last went well, in the text format of Prometheus. Read
// from the store when somebody asks, so they hold for flows that another process runs too; `naru run --metrics` writes
// the same text into a file.
//
// The label `flow` has the names of naru.yaml, at most kFlowsMeasuredMax; other labels have the fixed values of the
// table. Nothing of documents is ever printed. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/metrics.h"
#include "serve/service.h"

namespace naru {

// Each flow has some twenty series, and Prometheus keeps each for ever.
inline constexpr std::size_t kFlowsMeasuredMax = 200;

struct FlowMetricRow {
  std::string_view name, help;
  std::string_view label;                    // beside `flow`; "": none
  std::span<const std::string_view> values;  // of the label
  MetricUnit unit;
};

std::span<const FlowMetricRow> flow_metric_table();  // all gauges

// Null: the runs could not be read, and the text says that.
std::string flow_metrics_text(const std::vector<FlowRun>* flows);

}  // namespace naru
