// Server: sockets of one address, HTTP/1.1, plain or under TLS, one thread for all of them. What a request means is
// its Site's.
//
// The library behind it (Boost.Beast on Asio) stays in server.cpp, connection.cpp and tls.cpp. listen() and run()
// belong to one thread; Replies may be used from any. Whoever holds Replies lets go of them before the Server goes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "naru/result.h"
#include "serve/http.h"

namespace naru {

// Each with the reason for its value; tests shorten the times.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;      // browsers send some 2 KiB
  std::size_t body_bytes = 8 * 1024 * 1024;  // 2,048 texts of a page each, as embedding clients batch them
  std::size_t largest_body_bytes = 64 * 1024 * 1024;  // of what a Site lets in to be larger: files on their way
  std::size_t connections = 4096;            // some KiB each
  std::size_t unread_bytes = 1024 * 1024;    // of an answer that its client does not take: the longest is some 100 KiB
  std::int64_t header_ms = 10'000;           // from the first byte of a head to its end; for a greeting of TLS the same
  std::int64_t body_ms = 30'000;             // from the end of a head to the end of its body
  std::int64_t idle_ms = 75'000;             // between requests: longer than the clients' own pools keep them
  std::int64_t write_ms = 30'000;            // without a byte taken by the client
  std::int64_t renew_ms = 2'000;             // between looks at the files of TLS, which are small
  std::int64_t drain_ms = 20'000;            // for what runs when the server is asked to stop
  std::int64_t abandon_ms = 3'000;           // for what was told to stop then: 25 s in all are promised
};

struct TlsFiles {
  std::string certificate;  // PEM: ours first, then those that vouch for it
  std::string key;          // PEM, without a password
};

enum class Wanted : std::uint8_t {
  tls_beyond_loopback,
  anywhere,  // what stands in front speaks TLS: `--behind-proxy`
};

struct ListenAt {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one
  std::optional<TlsFiles> tls = std::nullopt;
  Wanted wanted = Wanted::tls_beyond_loopback;
};

// What a Site says to the head of a request, before any of its body is read.
struct Admission {
  std::optional<HttpResponse> denied;  // sent, and the connection is closed where a body was to come
  std::size_t ticket = 0;              // for the Site: what handle() is called with
  std::shared_ptr<const void> kept;    // for the Site
  std::size_t body_bytes = 0;          // that may come; 0: ServerLimits::body_bytes
  bool strict_transport = false;       // the answer says that browsers shall come by TLS alone
};

class Site {
 public:
  virtual ~Site() = default;
  // Both are called from the server's thread and must not wait.
  virtual Admission admit(const HttpRequest& head) = 0;
  virtual void handle(const Admission& admission, HttpRequest request, std::shared_ptr<Reply> reply) = 0;
  // The answer to what is no request at all; `path` as far as it could be read.
  virtual HttpResponse malformed(const std::string& path, unsigned status, const std::string& message) = 0;
  // The files of TLS changed, and were taken or cannot be; then what was there before is in force. Must not wait.
  virtual void certificate_changed(const Status& /*taken*/) {}
};

class Server {
 public:
  // io: the address is taken; invalid_argument, not_found: certificate and key are none, or are not there;
  // not_allowed: other machines could reach the address, and nothing speaks TLS.
  static Result<std::unique_ptr<Server>> listen(const ListenAt& at, const ServerLimits& limits);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  virtual std::int64_t certificate_end_s() const = 0;  // since 1970; 0: there is none
  virtual std::size_t connections() const = 0;  // any thread
  // Serves until stop is requested; then takes nothing new, waits for what runs, and returns.
  virtual void run(Site& site, std::stop_token stop) = 0;
};

}  // namespace naru
