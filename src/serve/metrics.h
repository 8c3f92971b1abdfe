// Metrics: what /metrics says, in the text format of Prometheus. One table names every metric with its help, its type
// and the values that its label may have; nothing else is ever printed. Dashboard and alerts are made from it too
// (dashboard.h); those under deploy/ are held to it by tests/serve/watch_test.py, which says how to write them anew.
//
// Counters are counted from any thread without a lock; gauges are asked for when somebody reads. Source of the format:
// prometheus.io/docs/instrumenting/exposition_formats.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace naru {

enum class Metric : std::uint8_t {
  requests,         // by class of status
  request_seconds,  // a histogram: from the head to the end of the answer
  denials,          // by reason
  answers,          // by method
  answer_seconds,   // a histogram
  prompt_tokens,
  completion_tokens,
  left,             // clients that left before their answer was there
  connections,
  work_waiting,
  answers_waiting,
  cpu_seconds,
  resident_bytes,
  certificate_end,
  start_seconds,
  build,
};

enum class MetricType : std::uint8_t { counter, gauge, histogram };

enum class MetricUnit : std::uint8_t { count, seconds, bytes, moment };  // moment: seconds since 1970

struct MetricRow {
  Metric metric;
  std::string_view name, help;
  MetricType type;
  std::string_view label;                       // "" where it has none
  std::span<const std::string_view> values;     // of the label
  MetricUnit unit = MetricUnit::count;
};

std::span<const MetricRow> metric_table();
std::string_view metric_name(Metric metric);

// The most values that a label may have; and the upper bounds of a histogram's buckets, in seconds.
inline constexpr std::size_t kLabelValuesMax = 12;
inline constexpr std::array<double, 12> kBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120};

class Metrics {
 public:
  void count(Metric metric, std::size_t value = 0, std::uint64_t by = 1);
  void observe(Metric metric, double seconds);
  void set(Metric metric, double value);  // of a gauge, or of a counter that the system keeps

  std::string text() const;

 private:
  struct Cell {
    std::array<std::atomic<std::uint64_t>, kBuckets.size() + 1> counts{};  // by label value, or by bucket
    std::atomic<double> sum = 0;
  };
  static constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::build) + 1;
  static_assert(kLabelValuesMax <= kBuckets.size() + 1);

  std::array<Cell, kMetrics> cells_;
};

}  // namespace naru
