#include "flow/retry.h"

#include <fmt/format.h>

namespace naru {

namespace {

// The n-th wait of a thousand programs that lost the same server should not end at the same moment: up to a quarter is
// taken off, as the clock's last digits say.
constexpr std::int64_t kSpreadShare = 4;

}  // namespace

bool may_pass(const Error& error) { return error.code() == Code::unavailable || error.code() == Code::timeout; }

std::int64_t RetryPolicy::wait_before(std::uint32_t attempt) const {
  std::int64_t wait = wait_ms;
  for (; attempt > 2 && wait < wait_ms_max; --attempt) wait *= 2;
  return std::min(wait, wait_ms_max);
}

std::optional<Error> Retries::at_rest() const {
  if (failures_ < kFailuresMax || clock_.monotonic_ns() >= rest_until_ns_) return std::nullopt;
  return Error(last_->code(), fmt::format("not asked, for it failed {} times in a row: {}", failures_,
                                          last_->message()));
}

bool Retries::wait(const Error& error, std::uint32_t attempt, const std::stop_token& stop) const {
  const std::int64_t whole = policy_.wait_before(attempt);
  const std::int64_t spread = whole / kSpreadShare;
  const std::int64_t wait = whole - (spread > 0 ? clock_.monotonic_ns() / 1000 % spread : 0);
  if (stop.stop_requested()) return false;
  if (told_) told_(error, wait);
  return clock_.sleep_ms(wait, stop);
}

void Retries::failed(const Error& error) {
  last_ = error;
  if (++failures_ >= kFailuresMax) rest_until_ns_ = clock_.monotonic_ns() + kRestMs * 1'000'000;
}

}  // namespace naru
