#include "naru/spilled_list.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "naru/record.h"
#include "naru/target.h"

namespace naru {
namespace {

Item item_of(int i) {
  Item item{"key " + std::to_string(i), std::string("\0\xff", 2) + std::to_string(i), 7, 1, "txt"};
  item.place = std::string(static_cast<std::size_t>(i % 100), 'p');
  if (i % 3 == 0) item.access = std::vector<std::string>(static_cast<std::size_t>(i % 2), "everyone");
  return item;
}

bool same(const Item& a, const Item& b) {
  return a.key == b.key && a.fingerprint == b.fingerprint && a.version_order == b.version_order &&
         a.size_bytes == b.size_bytes && a.media_hint == b.media_hint && a.place == b.place && a.access == b.access;
}

TEST(SpilledList, GivesBackWhatWasAddedInMemoryAndOnDisk) {
  for (const int count : {0, 1, 1000, 60'000}) {
    SpilledList<Item> list;
    for (int i = 0; i < count; ++i) list.add(item_of(i));
    EXPECT_EQ(list.size(), static_cast<std::uint64_t>(count));
    for (int again = 0; again < 2; ++again) {
      int at = 0;
      const Status each = list.each([&](const Item& item) {
        EXPECT_TRUE(same(item, item_of(at))) << at;
        return ++at, Status();
      });
      EXPECT_TRUE(each);
      EXPECT_EQ(at, count);
    }
  }
}

TEST(SpilledList, ARecordLargerThanWhatIsReadAtOnceIsWhole) {
  SpilledList<KnownItem> list;
  KnownItem known{"a", "f", sha256("bytes"), 3, hash128("p"), hash128("l"), "corrupt", std::string(3 << 20, 'm')};
  list.add(known);
  known.key = "b";
  list.add(known);
  const std::vector<KnownItem> all = *list.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].key, "b");
  EXPECT_EQ(all[1].version, known.version);
  EXPECT_EQ(all[1].pipeline, known.pipeline);
  EXPECT_EQ(all[0].reject_message, known.reject_message);
}

TEST(SpilledList, ACopyIsItsOwnOnceItIsAddedTo) {
  SpilledList<Item> one;
  for (int i = 0; i < 50'000; ++i) one.add(item_of(i));
  SpilledList<Item> other = one;
  other.add(item_of(70'003));
  one.add(item_of(70'005));
  EXPECT_EQ(one.all()->back().key, "key 70005");
  EXPECT_EQ(other.all()->back().key, "key 70003");
  EXPECT_EQ(other.all()->size(), 50'001U);
  EXPECT_TRUE(same(other.all()->at(40'000), item_of(40'000)));
}

TEST(SpilledList, WhoReadsIsToldThatItCouldNotBeKept) {
  const std::string before = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  setenv("TMPDIR", "/nowhere", 1);
  SpilledList<Item> list;
  for (int i = 0; i < 60'000; ++i) list.add(item_of(i));
  before.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before.c_str(), 1);
  ASSERT_FALSE(list.all());
  EXPECT_NE(list.all().error().describe().find("/nowhere"), std::string::npos);
  EXPECT_EQ(list.size(), 60'000U);
}

}  // namespace
}  // namespace naru
