#include "naru/flow.h"
#include "runtime/clock.h"

namespace naru {

// For sources that cannot tell when they change: often enough to feel alive, seldom enough to cost nothing.
constexpr std::int64_t kPollMs = 30'000;

Status Source::wait_for_change(std::stop_token stop) {
  system_clock().sleep_ms(kPollMs, stop);
  return {};
}

}  // namespace naru
