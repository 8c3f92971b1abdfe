#include "runtime/http.h"

#include <gtest/gtest.h>

#include "runtime/files.h"
#include "runtime/network_address.h"
#include "runtime/server_testing.h"

namespace naru {

namespace {

class HttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    body_.assign(100'000, 'x');
    body_ += "end";
    ASSERT_TRUE(write_file(join_path(folder_.path(), "file"), body_));
    ASSERT_NE(hub_.port(), 0) << hub_.output();
  }

  HttpClientRequest get(const std::string& path) const {
    HttpClientRequest request;
    request.url = hub_.url(path);
    return request;
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("naru-http-");
  testing::ScriptServer hub_{"tests/servers/fake_hub.py", {folder_.path()}};
  HttpClient client_;
  std::string body_;
};

}  // namespace

TEST_F(HttpTest, BringsABodyAndFollowsRedirects) {
  for (const char* path : {"/ok/file", "/redirect/file"}) {
    const auto response = client_.send(get(path), {});
    ASSERT_TRUE(response) << response.error().describe();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, body_);
  }
}

TEST_F(HttpTest, WhatLiesInsideIsNotConnectedTo) {
  for (const char* host : {"127.0.0.1", "localhost", "0x7f.1"}) {
    HttpClientRequest request;
    request.url = "http://" + std::string(host) + ":" + std::to_string(hub_.port()) + "/ok/file";
    request.public_only = true;
    HttpClient client;
    const auto response = client.send(request, {});
    ASSERT_FALSE(response) << host;
    EXPECT_EQ(response.error().code(), Code::not_allowed) << response.error().describe();
  }
}

TEST_F(HttpTest, ARedirectIsAResponseWhereNoneIsFollowed) {
  HttpClientRequest request = get("/redirect/file");
  request.redirects_max = 0;
  const auto response = client_.send(request, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status / 100, 3);
}

TEST(NetworkAddresses, AreInsideByTheirRanges) {
  using Bytes = std::vector<std::uint8_t>;
  for (const Bytes& inside : {Bytes{127, 0, 0, 1}, Bytes{10, 1, 2, 3}, Bytes{172, 31, 0, 1}, Bytes{192, 168, 0, 1},
                              Bytes{169, 254, 169, 254}, Bytes{100, 64, 0, 1}, Bytes{0, 0, 0, 0}, Bytes{224, 0, 0, 1},
                              Bytes{168, 63, 129, 16}, Bytes{255, 255, 255, 255}}) {
    EXPECT_NE(inner_network(inside), "") << address_text(inside);
  }
  for (const Bytes& outside : {Bytes{8, 8, 8, 8}, Bytes{172, 32, 0, 1}, Bytes{192, 167, 0, 1}, Bytes{100, 128, 0, 1}}) {
    EXPECT_EQ(inner_network(outside), "") << address_text(outside);
  }
  const auto six = [](std::initializer_list<std::uint8_t> head, std::initializer_list<std::uint8_t> tail) {
    Bytes bytes(16, 0);
    std::copy(head.begin(), head.end(), bytes.begin());
    std::copy(tail.begin(), tail.end(), bytes.end() - static_cast<std::ptrdiff_t>(tail.size()));
    return bytes;
  };
  EXPECT_EQ(inner_network(six({}, {1})), "loopback");
  EXPECT_EQ(inner_network(six({}, {0xff, 0xff, 127, 0, 0, 1})), "loopback");
  EXPECT_EQ(inner_network(six({0, 0x64, 0xff, 0x9b}, {10, 0, 0, 1})), "private");
  EXPECT_EQ(inner_network(six({0xfd}, {1})), "private");
  EXPECT_EQ(inner_network(six({0xfe, 0x80}, {1})), "link-local");
  EXPECT_EQ(inner_network(six({0x20, 0x02, 192, 168, 0, 1}, {1})), "private");
  EXPECT_EQ(inner_network(six({0x20, 0x01, 0x48, 0x60}, {0x88})), "");
}

TEST_F(HttpTest, EndlessRedirectsEnd) {
  const auto response = client_.send(get("/loop/file"), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::unavailable);
}

TEST_F(HttpTest, AStatusIsAResponse) {
  const auto response = client_.send(get("/missing/file"), {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such file");
}

TEST_F(HttpTest, TellsTheStatusOfARangeBeforeItsFirstPiece) {
  HttpClientRequest request = get("/ok/file");
  request.headers = {{"Range", "bytes=100000-"}};
  int status = 0;
  std::string got;
  request.on_status = [&](int value) { status = value; };
  request.on_body = [&](std::string_view piece) {
    EXPECT_EQ(status, 206);
    got += piece;
    return true;
  };
  ASSERT_TRUE(client_.send(request, {}));
  EXPECT_EQ(got, "end");
}

TEST_F(HttpTest, RefusesMoreThanTheLimit) {
  HttpClientRequest request = get("/ok/file");
  request.body_bytes_max = 1000;
  const auto response = client_.send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::limit_exceeded);
}

TEST_F(HttpTest, ABrokenConnectionIsAnError) {
  for (const char* path : {"/broken/file", "/dead/file"}) {
    const auto response = client_.send(get(path), {});
    ASSERT_FALSE(response) << path;
    EXPECT_EQ(response.error().code(), Code::unavailable);
  }
}

TEST_F(HttpTest, NobodyThereIsUnavailable) {
  HttpClientRequest request;
  request.url = "http://127.0.0.1:1/";
  const auto response = client_.send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::unavailable);
  request.url = "file:///etc/passwd";
  EXPECT_EQ(client_.send(request, {}).error().code(), Code::invalid_argument);
}

TEST_F(HttpTest, AStopEndsATransfer) {
  std::stop_source stop;
  HttpClientRequest request = get("/slow/file");
  request.on_body = [&](std::string_view) { return stop.request_stop(), true; };
  const auto response = client_.send(request, stop.get_token());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::cancelled);
}

TEST_F(HttpTest, AnAnswerThatDripsEndsWithTheTime) {
  HttpClientRequest request = get("/slow/file");
  request.timeout_ms = 300;
  const auto response = client_.send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::timeout);
}

TEST_F(HttpTest, OnePieceAfterTheOtherUntilTheReaderHasEnough) {
  HttpClientRequest request = get("/ok/file");
  std::size_t got = 0;
  request.on_body = [&](std::string_view piece) { return (got += piece.size()) < 1000; };
  const auto response = client_.send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::cancelled);
  EXPECT_LT(got, body_.size());
  EXPECT_TRUE(client_.send(get("/ok/file"), {}));  // the client is as good as new
}

TEST_F(HttpTest, AWaitLongerThanTheLimitIsNotWaited) {
  const ManualClock clock;
  const std::int64_t start_ms = clock.unix_ms();
  HttpRetries retries;
  retries.wait_ms_max = 500;
  const auto response = send_with_retries(client_, get("/busy/file"), retries, clock, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->retry_after_s, 1U);
  EXPECT_EQ(clock.unix_ms(), start_ms);
}

TEST_F(HttpTest, WaitsAsRetryAfterSays) {
  const ManualClock clock;
  const std::int64_t start_ms = clock.unix_ms();
  const auto response = send_with_retries(client_, get("/busy/file"), {}, clock, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(clock.unix_ms() - start_ms, 1000);
}

TEST_F(HttpTest, GivesUpAfterItsAttempts) {
  const ManualClock clock;
  HttpRetries retries;
  retries.attempts_max = 3;
  const auto response = send_with_retries(client_, get("/error/file"), retries, clock, {});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(client_.send(get("/count"), {})->body, "4");
}

TEST_F(HttpTest, AHeaderWithALineBreakIsRefused) {
  HttpClientRequest request = get("/ok/file");
  request.headers = {{"X", "a\r\nHost: other"}};
  EXPECT_EQ(client_.send(request, {}).error().code(), Code::invalid_argument);
}

}  // namespace naru
