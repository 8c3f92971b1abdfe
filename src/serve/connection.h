// Connection: one client's socket: reads requests one after the other, and sends what comes for each.
//
// For server.cpp and connection.cpp alone: it knows the library. Lives on the server's thread; only flush_soon() may be
// called from others.
//
// One of these at any time, in this order: greeting (under TLS), waiting for a request, reading its head, asking the
// Site, reading its body, busy while the Site answers, closing. While it is busy one read is pending, so that a client
// that leaves is noticed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "serve/server.h"
#include "serve/wire.h"

namespace naru {

// The answer to one request on its way out: filled by its Reply on any thread, emptied by the Connection.
struct Outbox {
  Outbox(bool speaks_10, bool closes, bool tls_only, bool no_body)
      : http10(speaks_10), close_after(closes), strict(tls_only), head_only(no_body) {}

  const bool http10;       // then no stream in chunks
  const bool close_after;  // the connection ends with this answer
  const bool strict;       // browsers are told to come by TLS alone
  const bool head_only;    // the answer to HEAD: as to GET, but for its body
  std::stop_source left;

  std::mutex mutex;  // protects what follows
  std::string pending;
  bool streaming = false;
  bool settled = false;  // nothing comes after `pending`
  bool gone = false;     // nobody reads
};

// What was read and not yet understood: a head, or a chunk's size with all that may stand behind it.
inline constexpr std::size_t kBufferBytesMax = 64 * 1024;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `tls`: null for a plain one; needed only here. The limits and the Site are lent.
  Connection(Wire::Socket socket, boost::asio::ssl::context* tls, const ServerLimits& limits, Site& site,
             std::function<void(Connection*)> on_closed)
      : wire_(std::move(socket), tls),
        deadline_(wire_.get_executor()),
        limits_(limits),
        site_(site),
        on_closed_(std::move(on_closed)) {}

  void start();
  void drain();    // closes at once where nothing is being answered, else after that
  void abandon();  // tells what runs that nobody waits for it any more
  void close();

  // Since when it is open without having asked for anything; none: it has. The first to go when all room is taken.
  std::optional<std::int64_t> unasked_since_ns() const;

  void flush();     // sends what the outbox has
  void flush_soon();  // the same, from any thread

 private:
  enum class State : std::uint8_t { greeting, waiting, head, body, busy, closing, closed };
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void greet();
  void wait_for_request();
  void read_more();
  void on_more(ErrorCode error, std::size_t bytes);
  void read_head();
  void read_head_on();
  void on_head(ErrorCode error, std::size_t bytes);
  void refuse_head(ErrorCode error);
  void read_body();
  void on_body(ErrorCode error);
  std::optional<HttpResponse> take_head();
  void refuse(HttpResponse response);
  void answer();
  void open_outbox();
  void finish_exchange();
  void linger();
  void end_sending();
  void discard();
  void expire_after(std::int64_t milliseconds);

  Wire wire_;
  boost::asio::steady_timer deadline_;
  const ServerLimits& limits_;
  Site& site_;
  const std::function<void(Connection*)> on_closed_;

  // Of the server's thread.
  State state_ = State::waiting;
  std::int64_t waiting_since_ns_ = 0;  // for a greeting, or for the next request
  boost::beast::flat_buffer buffer_{kBufferBytesMax};
  std::optional<Parser> parser_;
  HttpRequest request_;
  Admission admission_;
  bool reading_ = false, writing_ = false;
  bool http10_ = false, close_after_ = false;  // of this request
  bool draining_ = false;
  std::size_t head_bytes_ = 0, lingered_ = 0;
  std::string sending_;
  std::size_t sent_ = 0;
  std::shared_ptr<Outbox> outbox_;  // of this exchange; null before the first
};

}  // namespace naru
