#include "flow/prepare.h"

#include <gtest/gtest.h>

#include "flow/testing_flow.h"

namespace naru {
namespace {

using testing::Flow;

ReadItem read_of(const std::string& key, std::string bytes) {
  ReadItem read;
  read.item.key = key;
  read.wanted.emplace_back();
  read.bytes = std::move(bytes);
  return read;
}

PreparedItem prepare(Preparer& preparer, const std::string& key, const std::string& bytes) {
  std::vector<PreparedItem> prepared = preparer.prepare(read_of(key, bytes), preparer.make_states(), {});
  EXPECT_EQ(prepared.size(), 1U);
  EXPECT_EQ(prepared[0].kind, PreparedItem::Kind::upsert);
  return std::move(prepared[0]);
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of a long document, 나루터\n";
  return text;
}

TEST(Prepare, ASmallItemStaysInMemory) {
  Flow flow;
  Preparer preparer(flow.plan, flow.store, false);
  const PreparedItem item = prepare(preparer, "a", lines(100));
  EXPECT_FALSE(item.aside);
  EXPECT_EQ(item.chunks.size(), 100U);
  EXPECT_TRUE(item.memo_value);
}

TEST(Prepare, ALargeItemWaitsOnDiskAndComesBackAsItWas) {
  Flow flow;
  Preparer preparer(flow.plan, flow.store, false);
  constexpr std::size_t kLines = 40'000;
  PreparedItem item = prepare(preparer, "a", lines(kLines));
  ASSERT_TRUE(item.aside);
  EXPECT_TRUE(item.chunks.empty());
  EXPECT_TRUE(item.document.blocks.empty());
  EXPECT_FALSE(item.memo_value);
  EXPECT_GT(item.bytes, 1U << 20);

  ASSERT_TRUE(preparer.take_back(item));
  EXPECT_FALSE(item.aside);
  EXPECT_EQ(item.document.uri, "a");
  EXPECT_EQ(item.document.blocks.size(), kLines);
  ASSERT_EQ(item.chunks.size(), kLines);
  EXPECT_EQ(item.chunks[kLines - 1].text, "line 39999 of a long document, 나루터");
  ASSERT_TRUE(item.memo_value);

  // Its chunks are those of the same document in memory: of the first lines, and by their ids.
  const PreparedItem small = prepare(preparer, "a", lines(10));
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(item.chunks[i].id, small.chunks[i].id);
    EXPECT_EQ(item.chunks[i].locator.bytes->start, small.chunks[i].locator.bytes->start);
  }
  // And the memo's value is of use.
  ASSERT_TRUE(flow.store.memo_put(item.memo_key, *item.memo_value));
  EXPECT_EQ(flow.parser->parsed, 2);
  PreparedItem again = prepare(preparer, "b", lines(kLines));
  EXPECT_EQ(flow.parser->parsed, 2);
  ASSERT_TRUE(preparer.take_back(again));
  EXPECT_FALSE(again.memo_value);  // it is there already
  EXPECT_EQ(again.chunks.size(), kLines);
}

}  // namespace
}  // namespace naru
