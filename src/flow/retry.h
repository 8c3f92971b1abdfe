// Retries: calls of one thing outside — a source, a target — that are made again where their failure may pass.
//
// After a failure that may pass (unavailable, timeout) the call is made again, after waits that double. Once one has
// failed for good, later ones are made once each, so that a thousand items of a source that is away do not each take
// the waits; and after kFailuresMax in a row none is made for kRestMs (a circuit breaker): they fail at once with what
// was last said. The first that succeeds brings all of it back. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "naru/result.h"
#include "runtime/clock.h"

namespace naru {

struct RetryPolicy {
  std::uint32_t attempts = 3;        // the first one included
  std::int64_t wait_ms = 1000;       // before the second; doubled before each further one
  std::int64_t wait_ms_max = 30'000;

  std::int64_t wait_before(std::uint32_t attempt) const;  // the second is 2
};

bool may_pass(const Error& error);

class Retries {
 public:
  static constexpr std::uint32_t kFailuresMax = 5;
  static constexpr std::int64_t kRestMs = 30'000;

  // `told`: of each wait that is to come, before it.
  Retries(RetryPolicy policy, const Clock& clock, std::function<void(const Error&, std::int64_t wait_ms)> told)
      : policy_(policy), clock_(clock), told_(std::move(told)) {}

  // `call`: () -> Status or Result. What it last returned; cancelled: the stop came while it was waited for.
  template <class Call>
  auto call(const std::stop_token& stop, Call call) -> decltype(call()) {
    if (std::optional<Error> resting = at_rest()) return *std::move(resting);
    const std::uint32_t attempts = failures_ > 0 ? 1 : policy_.attempts;
    for (std::uint32_t attempt = 1;; ++attempt) {
      auto made = call();
      if (made || !may_pass(made.error())) {
        failures_ = 0;
        return made;
      }
      if (attempt >= attempts) {
        failed(made.error());
        return made;
      }
      if (!wait(made.error(), attempt + 1, stop)) return Error(Code::cancelled, "stopped while waiting to try again");
    }
  }

 private:
  std::optional<Error> at_rest() const;
  bool wait(const Error& error, std::uint32_t attempt, const std::stop_token& stop) const;
  void failed(const Error& error);

  const RetryPolicy policy_;
  const Clock& clock_;
  const std::function<void(const Error&, std::int64_t)> told_;
  std::uint32_t failures_ = 0;    // calls in a row that failed after all their attempts
  std::int64_t rest_until_ns_ = 0;
  std::optional<Error> last_;
};

}  // namespace naru
