// TelemetryConfig: `telemetry:` of naru.yaml, who else hears of runs. Plain values as they were written, references and
// all; whoever sends looks them up (resolve_references in options.h). Any thread.
#pragma once

#include <optional>
#include <string>

#include "naru/descriptor.h"

namespace naru {

// Events of OpenLineage: to an address, or as JSON lines to a file.
struct LineageConfig {
  std::string url;   // the whole address; empty: `file`
  std::string key;   // sent as a bearer token; empty: none
  std::string file;  // absolute
  std::string job_namespace = "naru";
  Place place;
};

// Spans for a collector of OpenTelemetry.
struct OtlpConfig {
  std::string endpoint;  // "/v1/traces" is put behind it
  std::string key;
  Place place;
};

struct TelemetryConfig {
  std::optional<LineageConfig> openlineage;
  std::optional<OtlpConfig> otlp;
};

}  // namespace naru
