#include "serve/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <utility>

#include "runtime/clock.h"

namespace naru {

namespace http = boost::beast::http;
namespace asio = boost::asio;

namespace {

// What a client may send ahead of its turn before nothing more is read from it.
constexpr std::size_t kAheadBytesMax = 16 * 1024;
constexpr std::size_t kReadBytes = 4 * 1024;

// After a refusal what the client still sends is read and thrown away: closing at once would reset the connection, and
// the client would never see why.
constexpr std::size_t kLingerBytesMax = 16 * 1024 * 1024;
constexpr std::int64_t kLingerMs = 2'000;

// Sent with every answer. Answers are of one reader and never kept; nothing of ours is framed, sniffed or referred to.
constexpr std::string_view kSafeHeaders =
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view kContentPolicy =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n";

// A proxy in front passes each piece of a stream on as it comes; nginx would else gather them.
constexpr std::string_view kUnbuffered = "X-Accel-Buffering: no\r\n";

// Who sends a file over a slow line (2 Mbit/s) has the time it takes.
constexpr std::size_t kSlowestBytesAMs = 256;

// A year, as the lists of browsers ask for.
constexpr std::string_view kStrictTransport = "Strict-Transport-Security: max-age=31536000\r\n";

constexpr std::string_view kVersions = "HTTP/1.0 and HTTP/1.1 are spoken here";
constexpr std::string_view kTooLarge = "the body of the request is too large";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string head_of(const HttpResponse& response, const Outbox& outbox, bool stream) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  if (!response.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (!stream) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (stream && !outbox.http10) head += "Transfer-Encoding: chunked\r\n";
  if (stream) head += kUnbuffered;
  head += kSafeHeaders;
  head += kContentPolicy;
  if (outbox.strict) head += kStrictTransport;
  head += outbox.close_after ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  return head + "\r\n";
}

class ConnectionReply : public Reply {
 public:
  ConnectionReply(std::shared_ptr<Connection> connection, std::shared_ptr<Outbox> outbox, std::size_t unread_bytes_max)
      : connection_(std::move(connection)), outbox_(std::move(outbox)), unread_bytes_max_(unread_bytes_max) {}
  ~ConnectionReply() override { break_off(); }
  ConnectionReply(const ConnectionReply&) = delete;

  void send(HttpResponse response) override {
    enqueue(head_of(response, *outbox_, false) + (outbox_->head_only ? "" : response.body), true);
  }

  void start_stream(std::string content_type) override {
    HttpResponse response;
    response.content_type = std::move(content_type);
    enqueue(head_of(response, *outbox_, true), outbox_->head_only);
    const std::lock_guard lock(outbox_->mutex);
    outbox_->streaming = true;
  }

  bool write(std::string_view bytes) override {
    if (bytes.empty()) return !outbox_->left.stop_requested();  // an empty chunk would be the last one
    if (outbox_->http10) return enqueue(std::string(bytes), false);
    return enqueue(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes), false);
  }

  void end() override { enqueue(outbox_->http10 ? "" : "0\r\n\r\n", true); }

  std::stop_token left() const override { return outbox_->left.get_token(); }

 private:
  bool enqueue(const std::string& bytes, bool last) {
    {
      const std::lock_guard lock(outbox_->mutex);
      if (outbox_->gone || outbox_->settled) return false;
      if (outbox_->streaming && outbox_->pending.size() + bytes.size() > unread_bytes_max_) {
        outbox_->gone = true;
      } else {
        outbox_->pending += bytes;
        outbox_->settled = last;
      }
    }
    connection_->flush_soon();
    return !outbox_->left.stop_requested();
  }

  // Settled by nobody: a mistake of ours, or a queue that was given up.
  void break_off() {
    bool nothing_said = false;
    {
      const std::lock_guard lock(outbox_->mutex);
      if (outbox_->gone || outbox_->settled) return;
      nothing_said = !outbox_->streaming;
      outbox_->gone = outbox_->streaming;
    }
    if (!nothing_said) return connection_->flush_soon();
    HttpResponse response;
    response.status = 500;
    response.body = R"({"error":{"code":"internal","message":"the request was dropped"}})";
    send(std::move(response));
  }

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<Outbox> outbox_;
  const std::size_t unread_bytes_max_;
};

// What the client wrote is wrong; else it left in the middle, or the system failed.
bool is_mistake(const boost::system::error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

unsigned status_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

void Connection::expire_after(std::int64_t milliseconds) {
  deadline_.expires_after(std::chrono::milliseconds(milliseconds));
  deadline_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error) self->close();
  });
}

void Connection::start() {
  if (wire_.is_tls()) return greet();
  wait_for_request();
}

// As long as a head may take: a client that only opens connections holds none of them longer under TLS.
void Connection::greet() {
  state_ = State::greeting;
  waiting_since_ns_ = system_clock().monotonic_ns();
  expire_after(limits_.header_ms);
  wire_.async_greet([self = shared_from_this()](ErrorCode error) {
    if (self->state_ == State::closed) return;
    if (error) return self->close();
    self->wait_for_request();
  });
}

void Connection::wait_for_request() {
  if (draining_) return close();
  state_ = State::waiting;
  waiting_since_ns_ = system_clock().monotonic_ns();
  expire_after(limits_.idle_ms);
  if (buffer_.size() > 0) {  // it was sent ahead
    if (!reading_) return read_head();
    return wire_.stop_reading();  // on_more() goes on
  }
  read_more();
}

// Keeps one read pending: for the next request, or to notice that the client leaves.
void Connection::read_more() {
  if (reading_ || buffer_.size() >= kAheadBytesMax) return;
  reading_ = true;
  const auto on_read = [self = shared_from_this()](ErrorCode error, std::size_t bytes) { self->on_more(error, bytes); };
  wire_.async_read_stoppable(buffer_.prepare(kReadBytes), on_read);
}

void Connection::on_more(ErrorCode error, std::size_t bytes) {
  reading_ = false;
  if (state_ == State::closing || state_ == State::closed) return;
  if (error == asio::error::operation_aborted && state_ == State::waiting) return read_head();
  if (error) return close();  // gone; half closed counts as gone: nobody of ours sends and stops listening to us
  buffer_.commit(bytes);
  if (state_ == State::waiting) return read_head();
  read_more();
}

void Connection::read_head() {
  state_ = State::head;
  admission_ = {};
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser_->body_limit(limits_.largest_body_bytes);
  head_bytes_ = 0;
  expire_after(limits_.header_ms);
  read_head_on();
}

void Connection::read_head_on() {
  http::async_read_some(wire_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
    self->on_head(error, bytes);
  });
}

void Connection::on_head(ErrorCode error, std::size_t bytes) {
  if (state_ == State::closed) return;
  // The parser holds each piece that it is given to its limit; we hold the sum.
  head_bytes_ += bytes;
  if (!error && head_bytes_ > limits_.header_bytes) error = http::error::header_limit;
  if (!error && !parser_->is_header_done()) return read_head_on();
  if (error && !is_mistake(error)) return close();  // left, or cut off
  if (error) return refuse_head(error);
  if (std::optional<HttpResponse> wrong = take_head()) return refuse(std::move(*wrong));
  admission_ = site_.admit(request_);
  if (admission_.denied) return refuse(std::move(*admission_.denied));
  const std::size_t body_bytes = admission_.body_bytes > 0 ? admission_.body_bytes : limits_.body_bytes;
  if (parser_->content_length().value_or(0) > body_bytes) {
    return refuse(site_.malformed(request_.path, 413, std::string(kTooLarge)));
  }
  parser_->body_limit(body_bytes);  // of one that comes in chunks
  state_ = State::body;
  const std::uint64_t coming = parser_->content_length().value_or(body_bytes);
  expire_after(std::max(limits_.body_ms, static_cast<std::int64_t>(coming / kSlowestBytesAMs)));
  const auto& head = parser_->get();
  if (parser_->is_done() || !boost::beast::iequals(head[http::field::expect], "100-continue")) return read_body();
  asio::async_write(wire_, asio::buffer(kContinue), [self = shared_from_this()](ErrorCode failed, std::size_t) {
    if (failed) return self->close();
    self->read_body();
  });
}

void Connection::refuse_head(ErrorCode error) {
  const unsigned status = status_of(error);
  const auto target = parser_->get().target();
  request_ = {};
  (void)read_target({target.data(), target.size()}, request_);  // where it is readable, it says whose envelope is known
  refuse(site_.malformed(request_.path, status, status == 431   ? "the head of the request is too large"
                                                : status == 413 ? std::string(kTooLarge)
                                                : status == 505 ? std::string(kVersions)
                                                                : "this is no request: " + error.message()));
}

// The head as the Site sees it. What two programs in a row could read differently is refused: that is how requests are
// smuggled.
std::optional<HttpResponse> Connection::take_head() {
  const auto& head = parser_->get();
  request_ = {};
  request_.method = std::string(head.method_string());
  http10_ = head.version() == 10;
  close_after_ = !head.keep_alive();
  if (const Status read = read_target({head.target().data(), head.target().size()}, request_); !read) {
    return site_.malformed("", 400, read.error().message());
  }
  const auto wrong = [this](unsigned status, const std::string& message) {
    return site_.malformed(request_.path, status, message);
  };
  if (head.version() != 10 && head.version() != 11) return wrong(505, std::string(kVersions));
  const auto transfer = head.equal_range(http::field::transfer_encoding);
  for (auto field = transfer.first; field != transfer.second; ++field) {
    const bool plain = boost::beast::iequals(field->value(), "chunked") && std::next(transfer.first) == transfer.second;
    if (!plain || http10_) return wrong(501, "of transfer encodings only `chunked` is read");
    if (head.count(http::field::content_length) > 0) {
      return wrong(400, "both Content-Length and Transfer-Encoding");
    }
  }
  if (head.count(http::field::content_length) > 1) return wrong(400, "two lengths of content");
  const auto length = head[http::field::content_length];
  if (length.find_first_not_of("0123456789") != length.npos) return wrong(400, "a length is a number");
  for (const http::field once : {http::field::host, http::field::origin, http::field::authorization,
                                 http::field::content_type, http::field::expect}) {
    if (head.count(once) > 1) return wrong(400, fmt::format("{} twice", std::string(to_string(once))));
  }
  if (head.count(http::field::upgrade) > 0) return wrong(501, "there is nothing to upgrade to");
  request_.host = std::string(head[http::field::host]);
  request_.origin = std::string(head[http::field::origin]);
  request_.authorization = std::string(head[http::field::authorization]);
  request_.cookie = std::string(head[http::field::cookie]);
  request_.content_type = std::string(head[http::field::content_type]);
  request_.mcp_version = std::string(head["MCP-Protocol-Version"]);
  request_.mcp_method = std::string(head["Mcp-Method"]);
  request_.mcp_name = std::string(head["Mcp-Name"]);
  return std::nullopt;
}

void Connection::read_body() {
  if (parser_->is_done()) return answer();
  http::async_read(wire_, buffer_, *parser_,
                   [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_body(error); });
}

void Connection::on_body(ErrorCode error) {
  if (state_ == State::closed) return;
  if (error == http::error::body_limit) return refuse(site_.malformed(request_.path, 413, std::string(kTooLarge)));
  if (error && is_mistake(error)) {
    return refuse(site_.malformed(request_.path, 400, "the body of the request cannot be read: " + error.message()));
  }
  if (error) return close();
  answer();
}

void Connection::answer() {
  request_.body = std::move(parser_->get().body());
  state_ = State::busy;
  deadline_.cancel();  // a model may think for minutes
  open_outbox();
  read_more();
  site_.handle(admission_, std::move(request_),
               std::make_shared<ConnectionReply>(shared_from_this(), outbox_, limits_.unread_bytes));
}

// Of a request whose body may still be on its way: answered, then closed.
void Connection::refuse(HttpResponse response) {
  state_ = State::busy;
  close_after_ = true;
  open_outbox();
  ConnectionReply(shared_from_this(), outbox_, limits_.unread_bytes).send(std::move(response));
}

void Connection::open_outbox() {
  const bool head_only = parser_->get().method() == http::verb::head;
  outbox_ = std::make_shared<Outbox>(http10_, close_after_, admission_.strict_transport, head_only);
}

void Connection::flush_soon() {
  asio::post(wire_.get_executor(), [self = shared_from_this()] { self->flush(); });
}

void Connection::flush() {
  if (writing_ || state_ != State::busy) return;
  if (sent_ == sending_.size()) {
    bool gone = false, settled = false;
    {
      const std::lock_guard lock(outbox_->mutex);
      gone = outbox_->gone;
      settled = outbox_->settled;
      sending_ = std::exchange(outbox_->pending, {});
    }
    sent_ = 0;
    if (gone) return close();
    if (sending_.empty()) {
      if (settled) finish_exchange();
      return;
    }
  }
  writing_ = true;
  expire_after(limits_.write_ms);
  wire_.async_write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
                         [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                           self->writing_ = false;
                           if (error) return self->close();
                           self->deadline_.cancel();
                           self->sent_ += bytes;
                           self->flush();
                         });
}

void Connection::finish_exchange() {
  parser_.reset();
  if (close_after_ || draining_) return linger();
  wait_for_request();
}

void Connection::linger() {
  state_ = State::closing;
  if (reading_) wire_.stop_reading();
  expire_after(kLingerMs);
  if (!wire_.is_tls()) return end_sending();
  // The client learns that the answer is whole, whether it returns the farewell or still sends.
  wire_.async_take_leave([self = shared_from_this()](ErrorCode) { self->end_sending(); });
}

void Connection::end_sending() {
  if (state_ == State::closed) return;
  ErrorCode ignored;
  wire_.socket().shutdown(Wire::Socket::shutdown_send, ignored);
  discard();
}

// Below TLS: what nobody reads need not be deciphered.
void Connection::discard() {
  buffer_.clear();
  const auto on_read = [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
    self->lingered_ += bytes;
    if (error || self->lingered_ > kLingerBytesMax) return self->close();
    self->discard();
  };
  wire_.socket().async_read_some(buffer_.prepare(kReadBytes), on_read);
}

std::optional<std::int64_t> Connection::unasked_since_ns() const {
  const bool unasked = state_ == State::greeting || state_ == State::waiting || state_ == State::head;
  return unasked ? std::optional(waiting_since_ns_) : std::nullopt;
}

void Connection::drain() {
  draining_ = true;
  if (unasked_since_ns() || state_ == State::closing) close();
}

void Connection::abandon() {
  if (outbox_) outbox_->left.request_stop();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  deadline_.cancel();
  ErrorCode ignored;
  wire_.socket().shutdown(Wire::Socket::shutdown_both, ignored);
  wire_.socket().close(ignored);
  if (outbox_) {
    {
      const std::lock_guard lock(outbox_->mutex);
      outbox_->gone = true;
    }
    outbox_->left.request_stop();
  }
  on_closed_(this);
}

}  // namespace naru
