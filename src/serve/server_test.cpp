#include "serve/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "runtime/clock.h"
#include "runtime/thread.h"

namespace naru {
namespace {

// Short, so that tests are; long enough for a machine that does ten other things.
constexpr std::int64_t kShortMs = 1000;
constexpr int kPollsMax = 3000;  // of 10 ms: what has not happened then never does

bool comes_true(const std::function<bool()>& happened) {
  for (int i = 0; i < kPollsMax; ++i) {
    if (happened()) return true;
    system_clock().sleep_ms(10, {});
  }
  return false;
}

// Answers "/" at once; keeps the Reply of "/hold" for the test; "/flood" is written until nobody reads.
class TestSite : public Site {
 public:
  Admission admit(const HttpRequest& head) override {
    Admission admission;
    if (head.path == "/no") admission.denied = HttpResponse{403, "text/plain", {}, "no"};
    return admission;
  }
  void handle(const Admission&, HttpRequest request, std::shared_ptr<Reply> reply) override {
    if (request.path == "/drop") return;
    if (request.path == "/") return reply->send({200, "text/plain", {}, request.body});
    const std::lock_guard lock(mutex_);
    held_ = std::move(reply);
    ++count_;
  }
  HttpResponse malformed(const std::string&, unsigned status, const std::string& message) override {
    return {status, "text/plain", {}, message};
  }
  std::shared_ptr<Reply> take() {
    comes_true([this] { return count_ > 0; });
    const std::lock_guard lock(mutex_);
    --count_;
    return std::move(held_);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Reply> held_;
  std::atomic<int> count_ = 0;
};

class Client {
 public:
  explicit Client(std::uint16_t port, int receive_bytes = 0) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_bytes > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  void send(std::string_view text) const {
    EXPECT_GE(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL), 0);
  }
  std::string read_to_end() const {
    std::string all;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor_, piece, sizeof piece, 0)) > 0;) all.append(piece, got);
    return all;
  }
  std::string read_until(std::string_view mark) const {
    std::string all;
    char byte = 0;
    while (!all.ends_with(mark) && ::recv(descriptor_, &byte, 1, 0) == 1) all += byte;
    return all;
  }
  bool connected() const { return connected_; }

 private:
  int descriptor_;
  bool connected_ = false;
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override { stop(); }

  void start(const ServerLimits& limits) {
    stop();
    server_ = *Server::listen({}, limits);
    thread_ = Thread("server", [this](std::stop_token stop) { server_->run(site_, stop); });
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }
  std::uint16_t port() const { return server_->port(); }

  static constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  static constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";

  TestSite site_;
  std::unique_ptr<Server> server_;
  Thread thread_;
};

TEST_F(ServerTest, EndsHeadsAndBodiesThatDoNotCome) {
  ServerLimits limits;
  limits.header_ms = limits.body_ms = limits.idle_ms = kShortMs;
  start(limits);
  const Client nothing(port()), half(port()), body(port());
  half.send("GET / HTTP/1.1\r\nHost: a\r\n");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  const Client whole(port());
  whole.send(kGet);
  EXPECT_TRUE(whole.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
  for (const Client* client : {&nothing, &half, &body}) EXPECT_EQ(client->read_to_end(), "");
  EXPECT_TRUE(comes_true([this] { return server_->connections() == 0; }));
}

TEST_F(ServerTest, CutsOffWhoDoesNotReadAndServesTheOthers) {
  ServerLimits limits;
  limits.unread_bytes = 64 * 1024;
  start(limits);
  const Client slow(port(), 4096);
  slow.send(kHold);
  const std::shared_ptr<Reply> reply = site_.take();
  reply->start_stream("text/plain");
  const std::string piece(16 * 1024, 'a');
  std::size_t written = 0;  // the kernel takes some megabytes for itself
  EXPECT_TRUE(comes_true([&] {
    for (int i = 0; i < 100; ++i) {
      if (!reply->write(piece)) return true;
      written += piece.size();
    }
    return written > (1U << 30);
  }));
  EXPECT_LT(written, 1U << 30);
  const Client other(port());
  other.send(kGet);
  EXPECT_TRUE(other.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(comes_true([&] { return reply->left().stop_requested(); }));
}

TEST_F(ServerTest, TellsWhoAnswersThatTheClientLeft) {
  Client client(port());
  client.send(kHold);
  const std::shared_ptr<Reply> reply = site_.take();
  EXPECT_FALSE(reply->left().stop_requested());
  client.close();
  EXPECT_TRUE(comes_true([&] { return reply->left().stop_requested(); }));
  EXPECT_FALSE(reply->write("a"));
}

TEST_F(ServerTest, AnswersForWhoDroppedItsReply) {
  const Client client(port());
  client.send("GET /drop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 500 "));
  const Client stream(port());
  stream.send(kHold);
  {
    const std::shared_ptr<Reply> reply = site_.take();
    reply->start_stream("text/plain");
    reply->write("half");
  }
  EXPECT_FALSE(stream.read_to_end().ends_with("0\r\n\r\n"));  // a stream that breaks off is seen to
}

TEST_F(ServerTest, RefusesBeforeTheBodyAndSaysSoToWhoStillSends) {
  const Client client(port());
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
  const std::string piece(100'000, 'a');
  for (int i = 0; i < 20; ++i) client.send(piece);
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ") && answer.ends_with("\r\n\r\nno")) << answer;
}

TEST_F(ServerTest, HoldsAHeadOfManyFieldsToItsLimitInSum) {
  const Client client(port());
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
  while (head.size() < ServerLimits().header_bytes * 9 / 8) head += "X: a\r\n";  // what follows the first read is less
  client.send(head + "\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 431 "));
}

TEST_F(ServerTest, HasRoomForSoManyAndTellsTheNext) {
  ServerLimits limits;
  limits.connections = 2;
  start(limits);
  const Client one(port()), two(port());
  std::vector<std::shared_ptr<Reply>> answered;
  for (const Client* client : {&one, &two}) {
    client->send(kHold);
    answered.push_back(site_.take());
  }
  const Client three(port());
  EXPECT_TRUE(three.read_to_end().starts_with("HTTP/1.1 503 "));
}

TEST_F(ServerTest, MakesRoomByClosingWhoAsksForNothingForTheLongestTime) {
  ServerLimits limits;
  limits.connections = 3;
  start(limits);
  const Client asked(port());
  asked.send(kHold);
  const std::shared_ptr<Reply> reply = site_.take();
  const Client nothing(port());
  ASSERT_TRUE(comes_true([this] { return server_->connections() == 2; }));
  const Client half(port());
  half.send("GET / HTTP/1.1\r\nHost: a\r\n");
  ASSERT_TRUE(comes_true([this] { return server_->connections() == 3; }));
  const Client fourth(port());
  fourth.send(kHold);
  EXPECT_EQ(nothing.read_to_end(), "");
  const std::shared_ptr<Reply> held = site_.take();
  const Client fifth(port());
  fifth.send(kGet);
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_TRUE(fifth.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(reply->left().stop_requested());
  EXPECT_FALSE(held->left().stop_requested());
}

TEST_F(ServerTest, AnswersHeadAsGetWithoutTheBody) {
  const Client client(port());
  client.send("HEAD /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.take()->send({200, "text/plain", {}, "hello"});
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("\r\nContent-Length: 5\r\n"), std::string::npos) << head;
  client.send("HEAD /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::shared_ptr<Reply> stream = site_.take();
  stream->start_stream("text/plain");
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(stream->write("hello"));
  stream->end();
  client.send(kGet);  // nothing stands between that and the next answer
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, HoldsManyIdleStreamsInOneThread) {
  constexpr std::size_t kStreams = 200;  // 2,000 by hand: tests/serve/load_test.py
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::shared_ptr<Reply>> replies;
  for (std::size_t i = 0; i < kStreams; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    clients.back()->send(kHold);
    replies.push_back(site_.take());
    replies.back()->start_stream("text/plain");
  }
  EXPECT_EQ(server_->connections(), kStreams);
  for (const auto& reply : replies) {
    EXPECT_TRUE(reply->write("hello"));
    reply->end();
  }
  for (const auto& client : clients) EXPECT_TRUE(client->read_until("0\r\n\r\n").ends_with("hello\r\n0\r\n\r\n"));
}

TEST_F(ServerTest, StopsAfterWhatRunsAndGivesUpWhatDoesNotEnd) {
  ServerLimits limits;
  limits.drain_ms = limits.abandon_ms = kShortMs;
  start(limits);
  const Client idle(port()), running(port());
  running.send(kHold);
  const std::shared_ptr<Reply> reply = site_.take();
  thread_.request_stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(Client(port()).connected());
  EXPECT_TRUE(comes_true([&] { return reply->left().stop_requested(); }));
  thread_.join();
  EXPECT_EQ(running.read_to_end(), "");
}

}  // namespace
}  // namespace naru
