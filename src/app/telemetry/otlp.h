// Spans in OTLP's JSON encoding (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids in hexadecimal,
// 64-bit numbers as texts. Pure functions; any thread.
//
// Of a span's values only numbers and the names that kNamedValues lists are told: never text of a document.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "naru/result.h"
#include "runtime/trace.h"

namespace naru {

inline constexpr std::array<std::string_view, 6> kNamedValues = {"flow", "step", "format", "method", "item", "version"};

// `unix_ns_at_zero`: the wall time at which the spans' monotonic clock was 0.
Json spans_to_otlp(const std::vector<SpanRecord>& spans, const std::string& service, std::int64_t unix_ns_at_zero);

// "key=value,key=value" with values percent-encoded, as OTEL_EXPORTER_OTLP_HEADERS has them. What is no pair is left
// out; at most kHeadersMax.
inline constexpr std::size_t kHeadersMax = 32;
std::vector<std::pair<std::string, std::string>> read_otel_headers(std::string_view text);

}  // namespace naru
