// CoreLease: how many threads a model may use now, so that all models together do not use more cores than there are.
//
// A lease never waits: it always holds one core, and more only where they are free, so that nothing can deadlock on it.
// Any thread; moved, not copied; the cores come back when it goes.
#pragma once

#include <utility>

namespace naru {

class CoreLease {
 public:
  // Between 1 and `wanted` cores.
  static CoreLease take(unsigned wanted);
  CoreLease(CoreLease&& other) noexcept : cores_(std::exchange(other.cores_, 0)) {}
  CoreLease& operator=(CoreLease&&) = delete;
  ~CoreLease();
  unsigned cores() const { return cores_; }

 private:
  explicit CoreLease(unsigned cores) : cores_(cores) {}
  unsigned cores_;
};

}  // namespace naru
