#include "store/bitmap.h"

#include <gtest/gtest.h>

#include "runtime/random.h"

namespace naru {
namespace {

TEST(Bitmap, AgreesWithAListOfBooleans) {
  Random random(1);
  for (const std::size_t bits : {0U, 1U, 63U, 64U, 65U, 200U, 1000U}) {
    std::vector<bool> plain(bits);
    Bitmap bitmap(bits), other(bits);
    for (std::size_t i = 0; i < bits; ++i) {
      if (random.below(40) == 0) {
        plain[i] = true;
        bitmap.set(i);
      }
      if (random.below(2) == 0) other.set(i);
    }
    std::vector<std::size_t> set, seen;
    for (std::size_t i = 0; i < bits; ++i) {
      EXPECT_EQ(bitmap.test(i), plain[i]);
      if (plain[i]) set.push_back(i);
    }
    bitmap.each([&](std::size_t i) { seen.push_back(i); });
    EXPECT_EQ(seen, set);
    EXPECT_EQ(bitmap.count(), set.size());
    const Bitmap back = Bitmap::from_bytes(bitmap.bytes(), bits);
    EXPECT_EQ(back.words(), bitmap.words());
    for (int round = 0; round < 200; ++round) {
      const std::size_t begin = random.below(bits + 70), end = random.below(bits + 70);
      bool any = false;
      for (std::size_t i = begin; i < end && i < bits; ++i) any = any || plain[i];
      EXPECT_EQ(bitmap.any_in(begin, end), any) << begin << " " << end;
    }
    Bitmap both = bitmap;
    both.intersect(other);
    for (std::size_t i = 0; i < bits; ++i) EXPECT_EQ(both.test(i), bitmap.test(i) && other.test(i));
  }
}

TEST(Bitmap, HasNoBitsBehindItsEnd) {
  Bitmap bitmap(70, true);
  EXPECT_EQ(bitmap.count(), 70U);
  bitmap.grow(130);
  EXPECT_EQ(bitmap.count(), 70U);
  bitmap.grow(3);
  EXPECT_EQ(bitmap.size(), 130U);
  EXPECT_EQ(Bitmap::from_bytes(std::string(32, '\xff'), 70).count(), 70U);
  EXPECT_EQ(Bitmap::from_bytes("", 70).count(), 0U);
}

}  // namespace
}  // namespace naru
