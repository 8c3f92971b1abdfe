// Time behind an interface: the system's clock, or one that a test moves by hand. Any thread.
#pragma once

#include <cstdint>
#include <stop_token>

namespace naru {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_ms() const = 0;      // wall time
  virtual std::int64_t monotonic_ns() const = 0; // never goes back
  // Sleeps, or returns early (false) when stop is requested.
  virtual bool sleep_ms(std::int64_t milliseconds, std::stop_token stop) const = 0;
};

const Clock& system_clock();

// Milliseconds between two monotonic readings.
inline double elapsed_ms(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / 1e6;
}

// A clock that stands still until it is moved; sleeping moves it.
class ManualClock : public Clock {
 public:
  std::int64_t unix_ms() const override { return now_ms_; }
  std::int64_t monotonic_ns() const override { return now_ms_ * 1'000'000; }
  bool sleep_ms(std::int64_t milliseconds, std::stop_token stop) const override {
    now_ms_ += milliseconds;
    return !stop.stop_requested();
  }

 private:
  mutable std::int64_t now_ms_ = 1'700'000'000'000;
};

}  // namespace naru
