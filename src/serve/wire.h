// Wire: one client's socket, plain or under TLS, as a stream of Asio: what reads and writes need not know which.
//
// For connection.h alone: it knows the library. Lives on the server's thread.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <utility>

namespace naru {

class Wire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  // `tls`: null for a plain one; needed only here, the library counts who still speaks with it.
  Wire(Socket socket, boost::asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  bool is_tls() const { return tls_.has_value(); }
  Socket& socket() { return socket_; }  // what lies below, for ending it

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) {
      tls_->async_read_some(buffers, std::forward<Handler>(handler));
    } else {
      socket_.async_read_some(buffers, std::forward<Handler>(handler));
    }
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) {
      tls_->async_write_some(buffers, std::forward<Handler>(handler));
    } else {
      socket_.async_write_some(buffers, std::forward<Handler>(handler));
    }
  }

  // A read that stop_reading() ends with operation_aborted; what TLS has read by then stays for the next one.
  template <class Buffers, class Handler>
  void async_read_stoppable(const Buffers& buffers, Handler&& handler) {
    async_read_some(buffers, boost::asio::bind_cancellation_slot(stop_.slot(), std::forward<Handler>(handler)));
  }
  void stop_reading() { stop_.emit(boost::asio::cancellation_type::terminal); }

  // Only under TLS: the greeting, and the farewell, which ends with an error where the client does not return it.
  template <class Handler>
  void async_greet(Handler&& handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  template <class Handler>
  void async_take_leave(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  boost::asio::cancellation_signal stop_;
};

}  // namespace naru
