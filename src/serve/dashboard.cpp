#include "serve/dashboard.h"

#include <fmt/format.h>

#include "base/json.h"
#include "serve/flow_metrics.h"
#include "serve/metrics.h"
#include "serve/server.h"

namespace naru {

namespace {

// Two panels stand beside each other: Grafana divides a page into 24.
constexpr int kPanelWidth = 12, kPanelHeight = 8;

// A schema that Grafana 9 and all later ones read; they migrate it themselves.
constexpr int kSchema = 37;

constexpr std::string_view kSelected = R"(instance=~"$instance")";

// How a metric is looked at: of what only grows the rate, of times the quantiles.
struct Query {
  std::string expression, legend;
};

std::vector<Query> queries_of(const MetricRow& row) {
  switch (row.type) {
    case MetricType::counter: {
      const std::string rate = fmt::format("rate({}{{{}}}[$__rate_interval])", row.name, kSelected);
      if (row.label.empty()) return {{fmt::format("sum({})", rate), "a second"}};
      return {{fmt::format("sum by ({}) ({})", row.label, rate), fmt::format("{{{{{}}}}}", row.label)}};
    }
    case MetricType::gauge: {
      const std::string_view legend = row.label.empty() ? "instance" : row.label;
      return {{fmt::format("{}{{{}}}", row.name, kSelected), fmt::format("{{{{{}}}}}", legend)}};
    }
    case MetricType::histogram: break;
  }
  std::vector<Query> queries;
  for (const char* quantile : {"0.5", "0.95", "0.99"}) {
    queries.push_back({fmt::format("histogram_quantile({}, sum by (le) (rate({}_bucket{{{}}}[$__rate_interval])))",
                                   quantile, row.name, kSelected),
                       quantile});
  }
  return queries;
}

// Of a flow each series is looked at by itself: a rate of what a last run did means nothing.
std::vector<Query> queries_of(const FlowMetricRow& row) {
  const std::string legend = row.label.empty() ? "{{flow}}" : fmt::format("{{{{flow}}}} {{{{{}}}}}", row.label);
  return {{fmt::format("{}{{{}}}", row.name, kSelected), legend}};
}

// Names of Grafana's own units.
std::string_view unit_of(MetricUnit unit, MetricType type) {
  switch (unit) {
    case MetricUnit::count: return type == MetricType::counter ? "cps" : "short";
    case MetricUnit::seconds: return type == MetricType::counter ? "percentunit" : "s";  // seconds a second
    case MetricUnit::bytes: return "bytes";
    case MetricUnit::moment: break;
  }
  return "dateTimeAsIso";
}

// A row of either table.
template <class Row>
Json panel_of(const Row& row, MetricType type, int place) {
  const Json source = {{"type", "prometheus"}, {"uid", "${datasource}"}};
  Json targets = Json::array();
  for (const Query& query : queries_of(row)) {
    targets.push_back({{"refId", std::string(1, static_cast<char>('A' + targets.size()))},
                       {"datasource", source},
                       {"expr", row.unit == MetricUnit::moment ? query.expression + " * 1000" : query.expression},
                       {"legendFormat", query.legend}});
  }
  return {{"id", place + 1},
          {"type", row.unit == MetricUnit::moment ? "stat" : "timeseries"},
          {"title", row.name},
          {"description", row.help},
          {"datasource", source},
          {"gridPos", {{"x", place % 2 * kPanelWidth}, {"y", place / 2 * kPanelHeight}, {"w", kPanelWidth},
                       {"h", kPanelHeight}}},
          {"fieldConfig",
           {{"defaults", {{"unit", unit_of(row.unit, type)}, {"min", 0}}}, {"overrides", Json::array()}}},
          {"targets", std::move(targets)}};
}

Json variables() {
  const Json source = {{"type", "prometheus"}, {"uid", "${datasource}"}};
  return Json::array({{{"name", "datasource"}, {"type", "datasource"}, {"query", "prometheus"}},
                      {{"name", "instance"},
                       {"type", "query"},
                       {"datasource", source},
                       {"query", fmt::format("label_values({}, instance)", metric_name(Metric::connections))},
                       {"refresh", 2},
                       {"includeAll", true},
                       {"multi", true},
                       {"current", {{"text", "All"}, {"value", "$__all"}}}}});
}

struct Alert {
  std::string_view name, minutes, severity;
  std::string expression;
  std::string_view summary, what_to_do;
};

// Longer than from a Friday's night to a Monday's with a holiday behind it.
constexpr int kStaleDays = 4;

std::vector<Alert> alerts() {
  const std::string_view requests = metric_name(Metric::requests), denials = metric_name(Metric::denials);
  const auto denied = [&](std::string_view why) {
    return fmt::format("sum by (instance) (rate({}{{reason=\"{}\"}}[5m]))", denials, why);
  };
  return {
      {"NaruDown", "2m", "critical", "up{job=\"naru\"} == 0", "Naru does not answer",
       "Nothing is served. Its own messages say why it ended; `naru doctor` checks the machine."},
      {"NaruFails", "5m", "critical",
       fmt::format("sum by (instance) (rate({0}{{status=\"5xx\"}}[5m])) / sum by (instance) (rate({0}[5m])) > 0.05",
                   requests),
       "More than 5 % of the requests fail", "`/readyz?verbose` and Naru's own messages say what is wrong."},
      {"NaruAnswersSlowly", "10m", "warning",
       fmt::format("histogram_quantile(0.95, sum by (instance, le) (rate({}_bucket[10m]))) > 60",
                   metric_name(Metric::answer_seconds)),
       "One answer in twenty takes more than a minute",
       "The model is too slow for its readers: a smaller one, more cores, or fewer at once."},
      {"NaruRefusesWork", "5m", "warning", denied("busy") + " > 0", "Requests are refused because too many wait",
       "More is asked than is answered; see the metrics of what waits."},
      {"NaruKeysAreTried", "10m", "warning", denied("credentials") + " > 1",
       "Somebody calls with wrong keys, more than once a second",
       "A client has a key that ended (`naru keys ls`), or somebody tries to get in."},
      {"NaruConnectionsFull", "5m", "warning",
       fmt::format("{} > {}", metric_name(Metric::connections), ServerLimits().connections * 8 / 10),
       "Four fifths of all connections are in use", "Further clients will be refused; who holds so many?"},
      {"NaruCertificateEnds", "1h", "warning",
       fmt::format("{0} > 0 and {0} - time() < 14 * 86400", metric_name(Metric::certificate_end)),
       "The certificate ends within two weeks", "Put a new one in its place: Naru takes it without a restart."},
      {"NaruFlowFailed", "5m", "warning", "naru_flow_last_run_outcome{outcome=\"failed\"} == 1",
       "The last run of the flow {{ $labels.flow }} failed",
       "`naru check` says what cannot be reached; the next run goes on where this one ended."},
      {"NaruFlowHeld", "5m", "warning", "naru_flow_last_run_outcome{outcome=\"held\"} == 1",
       "The flow {{ $labels.flow }} waits for somebody: much of its source is missing",
       "Is the source there? If it is really gone: `naru run --accept-removals`."},
      {"NaruFlowStale", "1h", "warning",
       fmt::format("time() - naru_flow_last_success_timestamp_seconds > {} * 86400", kStaleDays),
       "The flow {{ $labels.flow }} has not come to its end for days",
       "Is it run at all? `naru status` shows its runs."},
      {"NaruFlowsUnreadable", "10m", "warning", "naru_flows_readable == 0", "The store's runs cannot be read",
       "`/readyz?verbose` and `naru doctor` say what is wrong with the store."},
  };
}

std::string yaml_text(std::string_view text) { return to_line(Json(text)); }  // a string of JSON is one of YAML

}  // namespace

std::string dashboard_json() {
  Json panels = Json::array();
  const auto add = [&](const auto& row, MetricType type) {
    panels.push_back(panel_of(row, type, static_cast<int>(panels.size())));
  };
  for (const MetricRow& row : metric_table()) add(row, row.type);
  for (const FlowMetricRow& row : flow_metric_table()) add(row, MetricType::gauge);
  const Json dashboard = {{"uid", "naru"},
                          {"title", "Naru"},
                          {"tags", {"naru"}},
                          {"schemaVersion", kSchema},
                          {"editable", true},
                          {"refresh", "30s"},
                          {"time", {{"from", "now-6h"}, {"to", "now"}}},
                          {"templating", {{"list", variables()}}},
                          {"panels", std::move(panels)}};
  return dashboard.dump(2) + "\n";
}

std::string alert_rules() {
  std::string text = "# Made by `naru serve --print alerts` from the table of metrics.\n"
                     "groups:\n- name: naru\n  rules:\n";
  for (const Alert& alert : alerts()) {
    text += fmt::format(
        "  - alert: {}\n    expr: {}\n    for: {}\n    labels: {{severity: {}}}\n    annotations:\n      summary: {}\n"
        "      description: {}\n",
        alert.name, yaml_text(alert.expression), alert.minutes, alert.severity, yaml_text(alert.summary),
        yaml_text(alert.what_to_do));
  }
  return text;
}

}  // namespace naru
