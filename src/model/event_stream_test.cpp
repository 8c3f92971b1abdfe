#include "model/event_stream.h"

#include <gtest/gtest.h>

namespace naru {

namespace {

std::vector<std::string> events_of(std::string_view body, std::size_t piece_bytes) {
  std::vector<std::string> events;
  EventStream stream;
  const auto take = [&](std::string_view data) -> Status {
    events.emplace_back(data);
    return {};
  };
  for (std::size_t at = 0; at < body.size(); at += piece_bytes) {
    EXPECT_TRUE(stream.add(body.substr(at, piece_bytes), take));
  }
  EXPECT_TRUE(stream.finish(take));
  return events;
}

}  // namespace

TEST(EventStream, EventsDoNotDependOnWhereTheBodyIsCut) {
  constexpr std::string_view kBody =
      ": comment\r\n\r\ndata: one\r\n\r\nevent: x\ndata: two\ndata:  lines\n\nid: 4\n\ndata\n\rdata:last";
  const std::vector<std::string> expected = {"one", "two\n lines", "", "last"};
  for (std::size_t piece_bytes = 1; piece_bytes <= kBody.size(); ++piece_bytes) {
    EXPECT_EQ(events_of(kBody, piece_bytes), expected) << piece_bytes;
  }
}

TEST(EventStream, AnEndlessEventIsRefused) {
  EventStream stream;
  const auto take = [](std::string_view) { return Status{}; };
  const std::string piece(64 * 1024, 'x');
  Status status = stream.add("data: ", take);
  for (int i = 0; i < 100 && status; ++i) status = stream.add(piece, take);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::limit_exceeded);
}

}  // namespace naru
