#include "model/core_lease.h"

#include <algorithm>
#include <atomic>

#include "runtime/thread.h"

namespace naru {

namespace {

// Below zero where more leases than cores are out: each has one.
std::atomic<int>& free_cores() {
  static std::atomic<int> count{static_cast<int>(usable_cores())};
  return count;
}

}  // namespace

CoreLease CoreLease::take(unsigned wanted) {
  int free = free_cores().load();
  int taken = 1;
  do {
    taken = std::clamp(free, 1, static_cast<int>(std::max(1U, wanted)));
  } while (!free_cores().compare_exchange_weak(free, free - taken));
  return CoreLease(static_cast<unsigned>(taken));
}

CoreLease::~CoreLease() { free_cores() += static_cast<int>(cores_); }

}  // namespace naru
