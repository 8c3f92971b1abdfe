#include "model/core_lease.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/thread.h"

namespace naru {
namespace {

TEST(CoreLease, SharesTheCoresAndAlwaysGivesOne) {
  const unsigned cores = usable_cores();
  {
    const CoreLease all = CoreLease::take(cores + 5);
    EXPECT_EQ(all.cores(), cores);
    const CoreLease none_left = CoreLease::take(cores);
    EXPECT_EQ(none_left.cores(), 1U);
    EXPECT_EQ(CoreLease::take(0).cores(), 1U);
  }
  CoreLease again = CoreLease::take(cores);
  const CoreLease moved = std::move(again);
  EXPECT_EQ(moved.cores(), cores);
}

TEST(CoreLease, AsksForNoMoreIdleCoresThanThereAre) {
  EXPECT_GE(idle_cores(), 1U);
  EXPECT_LE(idle_cores(), usable_cores());
}

}  // namespace
}  // namespace naru
