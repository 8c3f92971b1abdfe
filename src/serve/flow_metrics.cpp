#include "serve/flow_metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

constexpr std::string_view kOutcomes[] = {"done", "held", "cancelled", "failed"};  // as RunSummary::outcome
constexpr std::string_view kItems[] = {"added", "changed", "removed", "unchanged", "rejected", "dropped", "forgotten"};
constexpr std::string_view kChunks[] = {"added", "removed"};

enum Gauge : std::uint8_t { outcome, seen, items, chunks, embedded, retries, duration, ended, succeeded, kRows };

constexpr FlowMetricRow kTable[kRows] = {
    {"naru_flow_last_run_outcome", "1 for how the last run of a flow ended, 0 for the other ways.", "outcome",
     kOutcomes, MetricUnit::count},
    {"naru_flow_last_run_seen_items", "Items that the source listed in the last run.", "", {}, MetricUnit::count},
    {"naru_flow_last_run_items", "Items of the last run, by what became of them.", "result", kItems, MetricUnit::count},
    {"naru_flow_last_run_chunks", "Passages that the last run added and removed.", "result", kChunks,
     MetricUnit::count},
    {"naru_flow_last_run_embedded_texts", "Texts that the last run embedded.", "", {}, MetricUnit::count},
    {"naru_flow_last_run_retries", "Calls of sources and targets that the last run made again.", "", {},
     MetricUnit::count},
    {"naru_flow_last_run_duration_seconds", "How long the last run took.", "", {}, MetricUnit::seconds},
    {"naru_flow_last_run_end_timestamp_seconds", "When the last run ended, since 1970.", "", {}, MetricUnit::moment},
    {"naru_flow_last_success_timestamp_seconds",
     "When a run last ended with the outcome done, since 1970; 0: none of those that are kept.", "", {},
     MetricUnit::moment},
};

// Of the flows together.
constexpr std::string_view kReadable = "naru_flows_readable", kLeftOut = "naru_flows_left_out";

double seconds(std::int64_t ms) { return static_cast<double>(std::max<std::int64_t>(ms, 0)) / 1000; }

// One value, or one for each value of the label.
std::vector<double> values_of(Gauge gauge, const FlowRun& flow) {
  const RunSummary& run = flow.last;
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  switch (gauge) {
    case outcome: {
      std::vector<double> values;
      for (const std::string_view one : kOutcomes) values.push_back(run.outcome == one ? 1 : 0);
      return values;
    }
    case seen: return {number(run.seen)};
    case items:
      return {number(run.added),    number(run.changed), number(run.removed),  number(run.unchanged),
              number(run.rejected), number(run.dropped), number(run.forgotten)};
    case chunks: return {number(run.chunks_added), number(run.chunks_removed)};
    case embedded: return {number(run.embedded)};
    case retries: return {number(run.retries)};
    case duration: return {seconds(run.ended_ms - run.started_ms)};
    case ended: return {seconds(run.ended_ms)};
    case succeeded: return {seconds(flow.succeeded_ms)};
    case kRows: break;
  }
  return {};
}

// The three signs that the format wants escaped in the value of a label.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

std::string head(std::string_view name, std::string_view help) {
  return fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
}

}  // namespace

std::span<const FlowMetricRow> flow_metric_table() { return kTable; }

std::string flow_metrics_text(const std::vector<FlowRun>* flows) {
  const std::size_t known = flows == nullptr ? 0 : flows->size(), shown = std::min(known, kFlowsMeasuredMax);
  std::string text = head(kReadable, "1 where the runs of flows could be read from the store.");
  text += fmt::format("{} {}\n", kReadable, flows == nullptr ? 0 : 1);
  text += head(kLeftOut, "Flows that ran and are not shown here, because there are too many.");
  text += fmt::format("{} {}\n", kLeftOut, known - shown);
  for (std::size_t r = 0; r < kRows; ++r) {
    const FlowMetricRow& row = kTable[r];
    text += head(row.name, row.help);
    for (std::size_t f = 0; f < shown; ++f) {
      const FlowRun& flow = (*flows)[f];
      const std::string name = escaped(flow.last.flow);
      const std::vector<double> values = values_of(static_cast<Gauge>(r), flow);
      for (std::size_t v = 0; v < values.size(); ++v) {
        const std::string label = row.label.empty() ? "" : fmt::format(",{}=\"{}\"", row.label, row.values[v]);
        text += fmt::format("{}{{flow=\"{}\"{}}} {}\n", row.name, name, label, values[v]);
      }
    }
  }
  return text;
}

}  // namespace naru
