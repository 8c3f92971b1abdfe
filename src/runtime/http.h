// HttpClient: one request at a time to an http or https address, with limits on everything the other side decides.
//
// Any thread; requests through one client run one after the other and share its connection. Redirects are followed for
// GET only, unless asked otherwise. A status from 400 on is a response, no error: the caller knows what it means.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/result.h"
#include "runtime/clock.h"
#include "runtime/random.h"

namespace naru {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::uint32_t connect_timeout_ms = 10'000;
  std::uint32_t timeout_ms = 120'000;      // the whole exchange; 0: none, for streams
  std::uint32_t idle_timeout_ms = 60'000;  // so long without a byte is a failure
  std::uint64_t body_bytes_max = 64ULL << 20;
  std::uint32_t redirects_max = 5;         // of GET; 0: a redirect is a response
  bool path_as_is = false;                 // "/a/../b" is another path than "/b"
  // Every address is looked at after its name was resolved, before it is connected to: one of this machine or of a
  // network inside is not_allowed. No proxy is used then: it would resolve the name by itself.
  bool public_only = false;
  std::string user_agent;                  // "": naru/VERSION
  // Pieces of a 2xx body as they come, instead of HttpClientResponse::body; false stops (cancelled).
  std::function<bool(std::string_view)> on_body;
  // Once before the first piece, with the status: a range that was not honoured must be known before writing.
  std::function<void(int status)> on_status;
};

struct HttpClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::uint32_t retry_after_s = 0;  // from Retry-After, seconds or a date; 0 where absent
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // invalid_argument: not an http(s) address; unavailable: no connection, name or certificate, or it broke off;
  // timeout; limit_exceeded: more than body_bytes_max; not_allowed: an address inside; cancelled: stop or on_body.
  Result<HttpClientResponse> send(const HttpClientRequest& request, std::stop_token stop);

 private:
  std::mutex mutex_;
  void* curl_;  // libcurl's handle, under the mutex
};

struct HttpRetries {
  int attempts_max = 4;                  // the first one included
  std::uint32_t wait_ms = 500;           // doubled each time, half of it by chance
  std::uint32_t wait_ms_max = 30'000;    // a longer Retry-After is not waited for
};

// Sends again after 408, 429, 5xx and a broken connection, as Retry-After or the doubled wait says. A request whose
// body was already handed to on_body is not sent again. The last response or error is what comes back.
Result<HttpClientResponse> send_with_retries(HttpClient& client, const HttpClientRequest& request,
                                             const HttpRetries& retries, const Clock& clock, std::stop_token stop);

}  // namespace naru
