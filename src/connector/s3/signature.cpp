#include "connector/s3/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/hmac_sha256.h"

namespace naru::s3 {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string encode(std::string_view text, Slash slash) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::string encoded;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || (c == '/' && slash == Slash::keep)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string query_text(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(encode(name, Slash::encode), encode(value, Slash::encode));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string timestamp(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

Pairs sign(const SignedRequest& request, const Credentials& credentials, std::string_view region,
           std::string_view time) {
  Pairs sent = request.headers;
  sent.emplace_back("x-amz-content-sha256", request.payload_sha256);
  if (credentials.access_key.empty()) return sent;
  sent.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) sent.emplace_back("x-amz-security-token", credentials.session_token);

  Pairs canonical = sent;
  canonical.emplace_back("host", request.host);
  std::sort(canonical.begin(), canonical.end());
  std::string headers, names;
  for (const auto& [name, value] : canonical) {
    headers += name + ":" + std::string(trimmed(value)) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string whole = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                                        query_text(request.query), headers, names, request.payload_sha256);
  const std::string day(time.substr(0, 8));
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, sha256(whole).hex());
  std::string key = hmac_sha256("AWS4" + credentials.secret_key, day).bytes();
  for (const std::string_view part : {region, std::string_view("s3"), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, part).bytes();
  }
  sent.emplace_back("authorization",
                    fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                credentials.access_key, scope, names, hmac_sha256(key, to_sign).hex()));
  return sent;
}

}  // namespace naru::s3
