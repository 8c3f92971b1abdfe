#include "app/telemetry/telemetry.h"

#include <fmt/format.h>

#include <cstdlib>

#include "app/telemetry/otlp.h"
#include "app/telemetry/post.h"
#include "app/words.h"
#include "config/options.h"
#include "runtime/files.h"

namespace naru {

namespace {

// Spans: a flow makes some for each item, in bursts. Together as OpenTelemetry's batches are by default.
constexpr OutboxLimits kSpanLimits = {.waiting_max = 8192, .together_max = 512, .gather_ms = 1000};
// Two events a run.
constexpr OutboxLimits kEventLimits = {.waiting_max = 256, .together_max = 1};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> resolved(const std::string& text, const Place& place, const std::string& folder) {
  return from_configuration(resolve_references(text, folder), place.text());
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

struct SpanExport::Where {
  std::string url;
  Poster::Headers headers;
};

// naru.yaml wins. A variable for traces alone is the whole address, the general one its front (OpenTelemetry's "OTLP
// exporter configuration").
Result<std::optional<SpanExport::Where>> SpanExport::where(const Config& config) {
  std::optional<Where> found;
  if (const std::optional<OtlpConfig>& otlp = config.telemetry.otlp) {
    const std::string endpoint = NARU_TRY(resolved(otlp->endpoint, otlp->place, config.folder));
    const std::string key = NARU_TRY(resolved(otlp->key, otlp->place, config.folder));
    found = Where{without_slash(endpoint) + "/v1/traces", bearer(key)};
    return found;
  }
  if (variable("OTEL_SDK_DISABLED") == "true" || variable("OTEL_TRACES_EXPORTER") == "none") return found;
  const std::string own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const std::string general = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (own.empty() && general.empty()) return found;
  const std::string own_headers = variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
  found = Where{own.empty() ? without_slash(general) + "/v1/traces" : own,
                read_otel_headers(own_headers.empty() ? variable("OTEL_EXPORTER_OTLP_HEADERS") : own_headers)};
  return found;
}

Result<std::unique_ptr<SpanExport>> SpanExport::start(Engine& engine) {
  if (engine.config().telemetry.otlp) NARU_TRY(engine.worker());  // its process starts before a key is in our memory
  std::optional<Where> found = NARU_TRY(where(engine.config()));
  if (!found) return std::unique_ptr<SpanExport>();
  return std::unique_ptr<SpanExport>(new SpanExport(engine, std::move(*found)));
}

SpanExport::SpanExport(const Engine& engine, Where where)
    : engine_(engine), shown_(without_credentials(where.url)),
      outbox_(
          "span export", kSpanLimits,
          [poster = std::make_shared<Poster>(where.url, where.headers),
           service = variable("OTEL_SERVICE_NAME").empty() ? "naru" : variable("OTEL_SERVICE_NAME"),
           zero = system_clock().unix_ms() * 1'000'000 - system_clock().monotonic_ns()](
              const std::vector<SpanRecord>& spans, const std::stop_token& stop) {
            return poster->post(to_line(spans_to_otlp(spans, service, zero)), stop);
          },
          [this](const Error& error) { engine_.note(fmt::format("spans: {}; work goes on", error.describe())); }) {
  before_ = set_trace_sink({});
  set_trace_sink([this](const SpanRecord& span) {
    if (before_) before_(span);
    outbox_.put(span);
  });
}

SpanExport::~SpanExport() {
  set_trace_sink(before_);  // a copy: a span that ends just now may be handed on to it
  const std::uint64_t lost = outbox_.close();
  if (lost > 0) engine_.note(fmt::format("spans: {} could not be sent to {}", lost, shown_));
}

Result<std::unique_ptr<LineageReport>> LineageReport::start(const Engine& engine) {
  const Config& config = engine.config();
  const std::optional<LineageConfig>& to = config.telemetry.openlineage;
  if (!to) return std::unique_ptr<LineageReport>();
  if (!to->file.empty()) {
    const auto append = [file = to->file](const std::vector<Json>& events, const std::stop_token&) -> Status {
      for (const Json& event : events) NARU_TRY(append_file(file, to_line(event) + "\n"));
      return {};
    };
    return std::unique_ptr<LineageReport>(new LineageReport(engine, to->file, append));
  }
  const std::string url = NARU_TRY(resolved(to->url, to->place, config.folder));
  const std::string key = NARU_TRY(resolved(to->key, to->place, config.folder));
  const auto post = [poster = std::make_shared<Poster>(url, bearer(key))](const std::vector<Json>& events,
                                                                          const std::stop_token& stop) -> Status {
    for (const Json& event : events) NARU_TRY(poster->post(to_line(event), stop));
    return {};
  };
  return std::unique_ptr<LineageReport>(new LineageReport(engine, without_credentials(url), post));
}

LineageReport::LineageReport(const Engine& engine, std::string shown, Outbox<Json>::Deliver deliver)
    : engine_(engine), shown_(std::move(shown)),
      outbox_("lineage", kEventLimits, std::move(deliver), [this](const Error& error) {
        engine_.note(without_control(fmt::format("openlineage: {}; the run goes on", error.describe())));
      }) {}

LineageReport::~LineageReport() {
  const std::uint64_t lost = outbox_.close();
  if (lost > 0) engine_.note(fmt::format("openlineage: {} events could not be sent to {}", lost, shown_));
}

void LineageReport::hear(const FlowEvent& event) {
  const Config& config = engine_.config();
  if (const auto* started = std::get_if<StartEvent>(&event)) {
    const FlowConfig* flow = config.flow(started->flow);
    if (flow == nullptr) return;
    Running& run = running_[started->flow];
    run = {new_run_id(started->started_ms), lineage_job(config, *flow, config.telemetry.openlineage->job_namespace)};
    outbox_.put(start_event(run.job, run.id, started->started_ms));
  } else if (const auto* done = std::get_if<DoneEvent>(&event)) {
    const auto run = running_.find(done->summary.flow);
    if (run == running_.end()) return;  // it never began: an embedding ahead that was stopped
    outbox_.put(end_event(run->second.job, run->second.id, done->summary, done->error ? &*done->error : nullptr));
    running_.erase(run);
  }
}

}  // namespace naru
