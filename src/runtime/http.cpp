#include "runtime/http.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>

#include "runtime/curl_library.h"
#include "runtime/network_address.h"

namespace naru {

namespace {

// For callers that hold a handle, which only the opened library gives.
const CurlLibrary& lib() { return *CurlLibrary::get(); }

// A header block larger than this is not one of an API or of a file server.
constexpr std::size_t kHeaderBytesMax = 256 * 1024;

struct Exchange {
  CURL* curl = nullptr;
  const HttpClientRequest* request = nullptr;
  HttpClientResponse response;
  std::stop_token stop;
  std::uint64_t received = 0;
  std::size_t header_bytes = 0;
  bool status_told = false, too_large = false, refused = false;
  std::string refused_address;
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  exchange.header_bytes += size;
  if (exchange.header_bytes > kHeaderBytesMax) {
    exchange.too_large = true;
    return 0;
  }
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // the next response of a chain of redirects
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  line.remove_prefix(colon + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  exchange.response.headers[name] = std::string(line);
  return size;
}

std::size_t on_data(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  exchange.received += size;
  if (exchange.received > exchange.request->body_bytes_max) {
    exchange.too_large = true;
    return 0;
  }
  long status = 0;
  lib().easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
  if (!exchange.status_told && exchange.request->on_status) exchange.request->on_status(static_cast<int>(status));
  exchange.status_told = true;
  const std::string_view piece(data, size);
  if (exchange.request->on_body && status >= 200 && status < 300) {
    exchange.refused = !exchange.request->on_body(piece);
    return exchange.refused ? 0 : size;
  }
  exchange.response.body += piece;
  return size;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(user)->stop.stop_requested() ? 1 : 0;
}

// Opens a socket for an address that a name was resolved to, unless it lies inside.
curl_socket_t on_socket(void* user, curlsocktype, curl_sockaddr* to) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  std::span<const std::uint8_t> address;
  if (to->family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&to->addr);
    address = {reinterpret_cast<const std::uint8_t*>(&in->sin_addr), 4};
  } else if (to->family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&to->addr);
    address = {reinterpret_cast<const std::uint8_t*>(&in->sin6_addr), 16};
  }
  const std::string_view network = inner_network(address);
  if (!network.empty()) {
    exchange.refused_address = address_text(address) + " (" + std::string(network) + ")";
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

bool is_loopback(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  url.remove_prefix(scheme + 3);
  const std::string_view host = url.substr(0, url.find_first_of("/?#"));
  return host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.") || host.starts_with("[::1]");
}

void set_up(Exchange& exchange, curl_slist* headers) {
  CURL* curl = exchange.curl;
  const HttpClientRequest& request = *exchange.request;
  const bool follows = request.method == "GET" && request.redirects_max > 0;
  lib().easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  lib().easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  lib().easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, request.url.starts_with("https") ? "https" : "http,https");
  lib().easy_setopt(curl, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L);
  lib().easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(request.redirects_max));
  lib().easy_setopt(curl, CURLOPT_PATH_AS_IS, request.path_as_is ? 1L : 0L);
  if (request.public_only) {
    lib().easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    lib().easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  }
  // A proxy has another loopback.
  if (request.public_only || is_loopback(request.url)) lib().easy_setopt(curl, CURLOPT_PROXY, "");
  lib().easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  lib().easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_ms));
  lib().easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  lib().easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  lib().easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max(1U, request.idle_timeout_ms / 1000)));
  lib().easy_setopt(curl, CURLOPT_USERAGENT,
                    request.user_agent.empty() ? "naru/" NARU_VERSION : request.user_agent.c_str());
  lib().easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  lib().easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  lib().easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  lib().easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
  lib().easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  lib().easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  lib().easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  lib().easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  if (request.method == "GET") return;
  if (request.method == "HEAD") {
    lib().easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  lib().easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  lib().easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  lib().easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
}

Error failure(const Exchange& exchange, CURLcode code, const char* detail) {
  const std::string& url = exchange.request->url;
  if (exchange.too_large) {
    return Error(Code::limit_exceeded, url + " sends more than the " +
                                           std::to_string(exchange.request->body_bytes_max) + " bytes that we take");
  }
  if (exchange.refused || code == CURLE_ABORTED_BY_CALLBACK) return Error(Code::cancelled, "stopped");
  if (!exchange.refused_address.empty()) {
    return Error(Code::not_allowed, url + " leads to " + exchange.refused_address + ", which lies inside");
  }
  const std::string reason = detail[0] != '\0' ? detail : lib().easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    curl_off_t connected_us = 0;  // 0: nobody is there, which is not the same as being slow
    lib().easy_getinfo(exchange.curl, CURLINFO_CONNECT_TIME_T, &connected_us);
    if (connected_us == 0) return Error(Code::unavailable, "cannot reach " + url + ": " + reason);
    return Error(Code::timeout, "no answer in time from " + url + ": " + reason);
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Error(Code::invalid_argument, "not an http or https address: " + url);
  }
  return Error(Code::unavailable, "cannot reach " + url + ": " + reason);
}

}  // namespace

HttpClient::HttpClient() {
  curl_ = CurlLibrary::get() ? lib().easy_init() : nullptr;
}

HttpClient::~HttpClient() {
  if (curl_ != nullptr) lib().easy_cleanup(curl_);
}

Result<HttpClientResponse> HttpClient::send(const HttpClientRequest& request, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (!CurlLibrary::get()) return CurlLibrary::get().error();
  if (curl_ == nullptr) return Error(Code::internal, "libcurl gives no handle");
  lib().easy_reset(curl_);
  Exchange exchange;
  exchange.curl = curl_;
  exchange.request = &request;
  exchange.stop = stop;
  curl_slist* headers = lib().slist_append(nullptr, "Expect:");  // no waiting for 100-continue
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos) {
      lib().slist_free_all(headers);
      return Error(Code::invalid_argument, "a line break in the header " + name);
    }
    headers = lib().slist_append(headers, (name + ": " + value).c_str());
  }
  char detail[CURL_ERROR_SIZE] = {0};
  set_up(exchange, headers);
  lib().easy_setopt(curl_, CURLOPT_ERRORBUFFER, detail);
  const CURLcode code = lib().easy_perform(curl_);
  lib().easy_setopt(curl_, CURLOPT_ERRORBUFFER, nullptr);
  lib().slist_free_all(headers);
  if (code != CURLE_OK) return failure(exchange, code, detail);
  long status = 0;
  curl_off_t retry_after = 0;
  lib().easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  lib().easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &retry_after);
  exchange.response.status = static_cast<int>(status);
  exchange.response.retry_after_s = static_cast<std::uint32_t>(std::clamp<curl_off_t>(retry_after, 0, 1 << 30));
  return std::move(exchange.response);
}

Result<HttpClientResponse> send_with_retries(HttpClient& client, const HttpClientRequest& request,
                                             const HttpRetries& retries, const Clock& clock, std::stop_token stop) {
  Random random(system_entropy());
  bool delivered = false;
  HttpClientRequest watched = request;
  if (request.on_body) {
    watched.on_body = [&](std::string_view piece) {
      delivered = true;
      return request.on_body(piece);
    };
  }
  std::uint64_t wait_ms = retries.wait_ms;
  for (int attempt = 1;; ++attempt) {
    Result<HttpClientResponse> response = client.send(watched, stop);
    const bool again = response ? response->status == 408 || response->status == 429 || response->status >= 500
                                : response.error().code() == Code::unavailable;
    if (!again || delivered || attempt >= retries.attempts_max) return response;
    std::uint64_t pause_ms = wait_ms / 2 + random.below(wait_ms / 2 + 1);
    if (response && response->retry_after_s != 0) pause_ms = std::uint64_t{response->retry_after_s} * 1000;
    if (pause_ms > retries.wait_ms_max) return response;
    if (!clock.sleep_ms(static_cast<std::int64_t>(pause_ms), stop)) return Error(Code::cancelled, "stopped");
    wait_ms = std::min<std::uint64_t>(wait_ms * 2, retries.wait_ms_max);
  }
}

}  // namespace naru
