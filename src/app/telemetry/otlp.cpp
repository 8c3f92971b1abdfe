#include "app/telemetry/otlp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace naru {

namespace {

constexpr int kInternal = 1;  // SPAN_KIND_INTERNAL

Json text_value(std::string_view key, std::string_view text) {
  return {{"key", key}, {"value", {{"stringValue", text}}}};
}

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return !text.empty() && read.ec == std::errc() && read.ptr == end;
}

Json span_to_otlp(const SpanRecord& span, std::int64_t unix_ns_at_zero) {
  const auto nanoseconds = [&](std::int64_t ns) { return std::to_string(unix_ns_at_zero + ns); };
  Json json = {{"traceId", fmt::format("{:016x}{:016x}", span.at.trace_high, span.at.trace_low)},
               {"spanId", fmt::format("{:016x}", span.at.span)},
               {"name", span.name},
               {"kind", kInternal},
               {"startTimeUnixNano", nanoseconds(span.start_ns)},
               {"endTimeUnixNano", nanoseconds(span.end_ns)}};
  if (span.parent != 0) json["parentSpanId"] = fmt::format("{:016x}", span.parent);
  Json attributes = Json::array();
  for (const auto& [key, value] : span.values) {
    const bool named = std::find(kNamedValues.begin(), kNamedValues.end(), key) != kNamedValues.end();
    const std::string name = "naru." + key;
    if (named) {
      attributes.push_back(text_value(name, value));
    } else if (is_number(value)) {
      attributes.push_back({{"key", name}, {"value", {{"intValue", value}}}});
    }
  }
  if (!attributes.empty()) json["attributes"] = std::move(attributes);
  return json;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* const hex = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2) {
      out += static_cast<char>(value);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Json spans_to_otlp(const std::vector<SpanRecord>& spans, const std::string& service, std::int64_t unix_ns_at_zero) {
  Json list = Json::array();
  for (const SpanRecord& span : spans) list.push_back(span_to_otlp(span, unix_ns_at_zero));
  const Json resource = {
      {"attributes", Json::array({text_value("service.name", service), text_value("service.version", NARU_VERSION)})}};
  const Json scope = {{"name", "naru"}, {"version", NARU_VERSION}};
  Json of_scope = {{"scope", scope}, {"spans", std::move(list)}};
  Json of_resource = {{"resource", resource}, {"scopeSpans", Json::array({std::move(of_scope)})}};
  return {{"resourceSpans", Json::array({std::move(of_resource)})}};
}

std::vector<std::pair<std::string, std::string>> read_otel_headers(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> headers;
  while (!text.empty() && headers.size() < kHeadersMax) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t sign = pair.find('=');
    if (sign == std::string_view::npos || trimmed(pair.substr(0, sign)).empty()) continue;
    headers.emplace_back(trimmed(pair.substr(0, sign)), decoded(trimmed(pair.substr(sign + 1))));
  }
  return headers;
}

}  // namespace naru
