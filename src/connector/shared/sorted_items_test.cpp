#include "connector/shared/sorted_items.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "connector/shared/keyed_rows.h"
#include "flow/testing.h"
#include "runtime/random.h"

namespace naru {
namespace {

// Some hundred thousand items do not fit a run, so that runs are merged.
constexpr int kMany = 300'000;

std::vector<std::pair<std::string, std::string>> sorted(SortedItems& items) {
  std::vector<std::pair<std::string, std::string>> found;
  const Status each = items.each([&](const Item& item) { return found.emplace_back(item.key, item.place), Status(); });
  EXPECT_TRUE(each) << each.error().describe();
  return found;
}

TEST(SortedItems, ComeInTheOrderOfTheirKeysHoweverTheyCame) {
  for (const bool ordered : {false, true}) {
    for (const int count : {0, 1, 1000, kMany}) {
      Random random(7);
      SortedItems items;
      std::vector<std::pair<std::string, std::string>> expected;
      for (int i = 0; i < count; ++i) {
        Item item;
        item.key = "key " + std::to_string(ordered ? 1'000'000 + i : static_cast<int>(random.below(kMany)));
        item.place = std::to_string(i);
        expected.emplace_back(item.key, item.place);
        items.add(std::move(item));
      }
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(sorted(items), expected);
    }
  }
}

TEST(KeyedRows, OfRowsWithOneKeyTheFirstStaysWhereverTheyAre) {
  KeyedRows rows;
  const auto row = [](int number, std::string key) {
    return KeyedRow{std::move(key), static_cast<std::uint64_t>(number) * 10, 9, static_cast<std::uint64_t>(number),
                    hash128(std::to_string(number))};
  };
  for (int number = 1; number <= kMany; ++number) rows.add(row(number, std::to_string(number)));
  for (int number = kMany + 1; number <= kMany + 3; ++number) rows.add(row(number, "17"));
  Listing listing;
  ASSERT_TRUE(rows.list("line", "jsonl", 5, {}, listing));
  EXPECT_EQ(listing.items.size(), std::uint64_t{kMany});
  ASSERT_EQ(listing.rejects.size(), 3U);
  EXPECT_EQ(listing.rejects[0].key, "line " + std::to_string(kMany + 1));
  EXPECT_EQ(listing.rejects[2].message, "the id \"17\" is already in line 17: ids must differ");
  const Result<Item> found = rows.find("17");
  ASSERT_TRUE(found);
  EXPECT_EQ(KeyedRows::row_of(*found)->offset, 170U);
  EXPECT_EQ(KeyedRows::row_of(*found)->number, 17U);
  EXPECT_EQ(rows.find("none").error().code(), Code::not_found);
  EXPECT_EQ(KeyedRows::row_of(Item{.key = "17"}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace naru
