#include "serve/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>
#include <vector>

#include "serve/connection.h"
#include "serve/tls.h"

namespace naru {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Clients that wait to be taken while all others are served: the kernel's own default.
constexpr int kBacklog = 1024;

// Where the system has no descriptor left, trying again at once would only burn the core.
constexpr std::int64_t kAcceptPauseMs = 100;

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

class BeastServer : public Server {
 public:
  explicit BeastServer(const ServerLimits& limits)
      : limits_(limits), acceptor_(context_), pause_(context_), renewal_(context_) {}

  Status open(const ListenAt& at) {
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(at.address, error);
    if (error) return Error(Code::invalid_argument, fmt::format("\"{}\" is not an address", at.address));
    if (!address.is_loopback() && !at.tls && at.wanted != Wanted::anywhere) {
      return Error(Code::not_allowed, fmt::format("other machines could reach {}, without TLS", at.address));
    }
    if (at.tls) certificate_ = NARU_TRY(Certificate::open(*at.tls));
    const tcp::endpoint endpoint(address, at.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return Error(Code::io, fmt::format("cannot listen at {}:{}: {}", at.address, at.port, error.message()));
    return {};
  }

  std::uint16_t port() const override { return port_; }
  std::int64_t certificate_end_s() const override { return certificate_ ? certificate_->end_s() : 0; }
  std::size_t connections() const override { return count_.load(std::memory_order_relaxed); }

  void run(Site& site, std::stop_token stop) override {
    site_ = &site;
    const std::stop_callback on_stop(stop, [this] { asio::post(context_, [this] { drain(); }); });
    accept();
    if (certificate_) renew_later();
    context_.run();
  }

 private:
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (draining_) return;
      if (error) return accept_later();
      take(std::move(socket));
      accept();
    });
  }

  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
    pause_.async_wait([this](boost::system::error_code error) {
      if (!error && !draining_) accept();
    });
  }

  void renew_later() {
    renewal_.expires_after(std::chrono::milliseconds(limits_.renew_ms));
    renewal_.async_wait([this](boost::system::error_code error) {
      if (error || draining_) return;
      if (const std::optional<Status> taken = certificate_->renew()) site_->certificate_changed(*taken);
      renew_later();
    });
  }

  void take(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);  // tokens are small and wanted at once
    if (connections_.size() >= limits_.connections && !make_room()) {
      socket.non_blocking(true, ignored);
      // Under TLS a greeting would cost more than the refusal saves.
      if (!certificate_) socket.write_some(asio::buffer(kFull), ignored);
      return;
    }
    const auto connection =
        std::make_shared<Connection>(std::move(socket), certificate_ ? &certificate_->context() : nullptr, limits_,
                                     *site_, [this](Connection* closed) { forget(closed); });
    connections_.insert(connection.get());
    count_ = connections_.size();
    connection->start();
  }

  // Closes the one that asks for nothing for the longest time: else a crowd of clients that only connect, or send a
  // head byte by byte, would keep out everybody. Whoever kept a connection for later opens another.
  bool make_room() {
    Connection* longest = nullptr;
    std::int64_t longest_since = 0;
    for (Connection* connection : connections_) {
      const std::optional<std::int64_t> since = connection->unasked_since_ns();
      if (!since || (longest != nullptr && *since >= longest_since)) continue;
      longest = connection;
      longest_since = *since;
    }
    if (longest == nullptr) return false;
    longest->shared_from_this()->close();
    return true;
  }

  void forget(Connection* connection) {
    connections_.erase(connection);
    count_ = connections_.size();
    if (draining_ && connections_.empty()) finish();
  }

  // For each that is open now; what is done to one may close it.
  template <class Do>
  void each(Do action) {
    std::vector<std::shared_ptr<Connection>> open;
    for (Connection* connection : connections_) open.push_back(connection->shared_from_this());
    for (const auto& connection : open) action(*connection);
  }

  void drain() {
    if (draining_) return;
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    renewal_.cancel();
    each([](Connection& connection) { connection.drain(); });
    if (connections_.empty()) return finish();
    pause_.expires_after(std::chrono::milliseconds(limits_.drain_ms));
    pause_.async_wait([this](boost::system::error_code error) {
      if (!error) abandon();
    });
  }

  void abandon() {
    each([](Connection& connection) { connection.abandon(); });
    pause_.expires_after(std::chrono::milliseconds(limits_.abandon_ms));
    pause_.async_wait([this](boost::system::error_code error) {
      if (!error) each([](Connection& connection) { connection.close(); });
    });
  }

  void finish() {
    pause_.cancel();
    guard_.reset();
  }

  const ServerLimits limits_;
  asio::io_context context_{1};  // one thread
  Guard guard_{context_.get_executor()};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_, renewal_;
  std::unique_ptr<Certificate> certificate_;  // null: plain
  std::uint16_t port_ = 0;
  Site* site_ = nullptr;
  bool draining_ = false;
  std::set<Connection*> connections_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const ListenAt& at, const ServerLimits& limits) {
  auto server = std::make_unique<BeastServer>(limits);
  NARU_TRY(server->open(at));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace naru
