#include "serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

constexpr std::string_view kClasses[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::string_view kDenials[] = {"host",   "origin", "credentials",  "route",     "method",
                                         "scope",  "content_type", "busy", "malformed"};  // as Denial
constexpr std::string_view kMethods[] = {"model", "extract", "refusal"};                  // as Method

constexpr std::string_view kVersions[] = {NARU_VERSION};

constexpr MetricRow kTable[] = {
    {Metric::requests, "naru_http_requests_total", "Requests answered, by class of status.", MetricType::counter,
     "status", kClasses},
    {Metric::request_seconds, "naru_http_request_seconds", "From the head of a request to the end of its answer.",
     MetricType::histogram, "", {}, MetricUnit::seconds},
    {Metric::denials, "naru_http_denials_total", "Requests that were not let in, by reason.", MetricType::counter,
     "reason", kDenials},
    {Metric::answers, "naru_answers_total", "Answers from knowledge bases, by how they were made.",
     MetricType::counter, "method", kMethods},
    {Metric::answer_seconds, "naru_answer_seconds", "From a question to the end of its answer.",
     MetricType::histogram, "", {}, MetricUnit::seconds},
    {Metric::prompt_tokens, "naru_prompt_tokens_total", "Tokens that the chat model has read.", MetricType::counter,
     "", {}},
    {Metric::completion_tokens, "naru_completion_tokens_total", "Tokens that the chat model has written.",
     MetricType::counter, "", {}},
    {Metric::left, "naru_clients_left_total", "Clients that left before their answer was there.",
     MetricType::counter, "", {}},
    {Metric::connections, "naru_http_connections", "Connections that are open.", MetricType::gauge, "", {}},
    {Metric::work_waiting, "naru_work_waiting", "Short requests that wait for a thread.", MetricType::gauge, "", {}},
    {Metric::answers_waiting, "naru_answers_waiting", "Answers that wait for a thread.", MetricType::gauge, "", {}},
    {Metric::cpu_seconds, "process_cpu_seconds_total", "Processor time that the program has used.",
     MetricType::counter, "", {}, MetricUnit::seconds},
    {Metric::resident_bytes, "process_resident_memory_bytes", "Memory of the program.", MetricType::gauge, "", {},
     MetricUnit::bytes},
    {Metric::certificate_end, "naru_tls_certificate_end_timestamp_seconds",
     "When the certificate of TLS ends, since 1970; 0 where there is none.", MetricType::gauge, "", {},
     MetricUnit::moment},
    {Metric::start_seconds, "process_start_time_seconds", "When the server started, since 1970.", MetricType::gauge,
     "", {}, MetricUnit::moment},
    {Metric::build, "naru_build_info", "1, with the version that runs.", MetricType::gauge, "version", kVersions},
};

constexpr std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: break;
  }
  return "histogram";
}

// Those that are set and not counted.
bool is_set(Metric metric) { return metric >= Metric::connections; }

}  // namespace

std::span<const MetricRow> metric_table() { return kTable; }

std::string_view metric_name(Metric metric) { return kTable[static_cast<std::size_t>(metric)].name; }

void Metrics::count(Metric metric, std::size_t value, std::uint64_t by) {
  cells_[static_cast<std::size_t>(metric)].counts[value].fetch_add(by, std::memory_order_relaxed);
}

void Metrics::observe(Metric metric, double seconds) {
  Cell& cell = cells_[static_cast<std::size_t>(metric)];
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), seconds) - kBuckets.begin();
  cell.counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  cell.sum.fetch_add(seconds, std::memory_order_relaxed);
}

void Metrics::set(Metric metric, double value) {
  cells_[static_cast<std::size_t>(metric)].sum.store(value, std::memory_order_relaxed);
}

std::string Metrics::text() const {
  std::string text;
  for (const MetricRow& row : kTable) {
    const Cell& cell = cells_[static_cast<std::size_t>(row.metric)];
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", row.name, row.help, type_name(row.type));
    if (row.type == MetricType::histogram) {
      std::uint64_t below = 0;
      for (std::size_t b = 0; b < kBuckets.size(); ++b) {
        below += cell.counts[b].load(std::memory_order_relaxed);
        text += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", row.name, kBuckets[b], below);
      }
      below += cell.counts[kBuckets.size()].load(std::memory_order_relaxed);
      text += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", row.name, below,
                          cell.sum.load(std::memory_order_relaxed));
    } else if (!row.label.empty()) {
      for (std::size_t v = 0; v < row.values.size(); ++v) {
        text += fmt::format("{}{{{}=\"{}\"}} {}\n", row.name, row.label, row.values[v],
                            cell.counts[v].load(std::memory_order_relaxed));
      }
    } else if (is_set(row.metric)) {
      text += fmt::format("{} {}\n", row.name, cell.sum.load(std::memory_order_relaxed));
    } else {
      text += fmt::format("{} {}\n", row.name, cell.counts[0].load(std::memory_order_relaxed));
    }
  }
  return text;
}

}  // namespace naru
