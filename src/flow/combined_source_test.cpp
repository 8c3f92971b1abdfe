#include "flow/combined_source.h"

#include <gtest/gtest.h>

#include "flow/testing.h"
#include "runtime/clock.h"

namespace naru {
namespace {

using testing::MemorySource;

class Waiting : public MemorySource {
 public:
  Status wait_for_change(std::stop_token stop) override {
    if (changes) return {};
    while (system_clock().sleep_ms(3'600'000, stop)) continue;
    return Error(Code::cancelled, "stopped");
  }
  bool changes = false;
};

struct Two {
  Two() {
    auto a = std::make_unique<Waiting>(), b = std::make_unique<Waiting>();
    first = a.get();
    second = b.get();
    std::vector<CombinedSource::Part> parts;
    parts.push_back({"a", std::move(a)});
    parts.push_back({"a-b", std::move(b)});
    all = std::make_unique<CombinedSource>(std::move(parts), PayloadKind::row);
  }
  Waiting *first = nullptr, *second = nullptr;
  std::unique_ptr<CombinedSource> all;
};

TEST(CombinedSource, ListsAllInTheOrderOfTheirKeysAndReadsEach) {
  Two two;
  two.first->put("x", "1");
  two.first->put("y/z", "2");
  two.second->put("x", "3");
  const auto listing = two.all->poll({});
  ASSERT_TRUE(listing);
  const std::vector<Item> items = *listing->items.all();
  std::vector<std::string> keys, bytes;
  for (const Item& item : items) {
    keys.push_back(item.key);
    const auto content = two.all->read(item, {});
    ASSERT_TRUE(content);
    EXPECT_EQ(content->item.key, item.key);
    bytes.push_back(content->bytes);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a-b/x", "a/x", "a/y/z"}));
  EXPECT_EQ(bytes, (std::vector<std::string>{"3", "1", "2"}));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(two.all->find("a/y/z", {})->key, "a/y/z");
  EXPECT_EQ(two.all->find("c/x", {}).error().code(), Code::not_found);
}

TEST(CombinedSource, WhatOneCouldNotReadIsUnknownOfThatOne) {
  Two two;
  two.second->extra.unreadable_prefixes = {"sub/"};
  two.second->extra.rejects = {{"sub", "io", "no"}};
  const auto listing = two.all->poll({});
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->unreadable_prefixes, std::vector<std::string>{"a-b/sub/"});
  EXPECT_EQ(listing->rejects.front().key, "a-b/sub");
}

TEST(CombinedSource, TheFirstChangeEndsTheWaitOfAll) {
  Two two;
  two.second->changes = true;
  EXPECT_TRUE(two.all->wait_for_change({}));
}

}  // namespace
}  // namespace naru
