#include "app/telemetry/post.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

constexpr std::uint32_t kConnectMsMax = 2000, kExchangeMsMax = 5000;
constexpr std::uint64_t kAnswerBytesMax = 64 << 10;  // it is not read
constexpr HttpRetries kRetries = {.attempts_max = 2, .wait_ms = 300, .wait_ms_max = 1000};

}  // namespace

std::string without_credentials(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view place = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t at = place.substr(0, place.find('/')).rfind('@');
  return std::string(url.substr(0, scheme + 3)) +
         std::string(at == std::string_view::npos ? place : place.substr(at + 1));
}

std::string without_passwords(std::string_view text) {
  constexpr std::string_view kEnds = " \t\n'\"<>", kPassword = "password=";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const bool address = rest.starts_with("://"), password = rest.starts_with(kPassword);
    if (!address && !password) {
      out += text[at++];
      continue;
    }
    const std::string_view word = rest.substr(0, rest.find_first_of(kEnds));
    if (password) {
      out += "password=***";
      at += std::max(word.size(), kPassword.size());
      continue;
    }
    const std::size_t sign = word.substr(3, word.find('/', 3) - 3).rfind('@');
    out += "://";
    at += sign == std::string_view::npos ? 3 : 3 + sign + 1;
  }
  return out;
}

Poster::Headers bearer(const std::string& key) {
  if (key.empty()) return {};
  return {{"Authorization", "Bearer " + key}};
}

Poster::Poster(std::string url, Headers headers) {
  request_.method = "POST";
  request_.url = std::move(url);
  request_.headers = std::move(headers);
  request_.headers.emplace_back("Content-Type", "application/json");
  request_.connect_timeout_ms = kConnectMsMax;
  request_.timeout_ms = kExchangeMsMax;
  request_.idle_timeout_ms = kExchangeMsMax;
  request_.body_bytes_max = kAnswerBytesMax;
}

// What libcurl says of an address has all of it: our words have neither a password nor a query.
Status Poster::post(std::string body, const std::stop_token& stop) {
  request_.body = std::move(body);
  const Result<HttpClientResponse> response = send_with_retries(client_, request_, kRetries, system_clock(), stop);
  const std::string where = without_credentials(request_.url);
  if (!response) {
    const Code code = response.error().code();
    if (code == Code::limit_exceeded) return {};  // it was taken, and answered at length
    return Error(code, code == Code::timeout ? fmt::format("no answer in time from {}", where)
                                             : fmt::format("cannot reach {}", where));
  }
  if (response->status >= 200 && response->status < 300) return {};
  return Error(Code::unavailable, fmt::format("{} answers {}", where, response->status));
}

}  // namespace naru
