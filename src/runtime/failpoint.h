// Failpoints: named places where a test makes the program die or fail. NARU_FAILPOINTS="name=abort;other=error" in the
// environment, or set_failpoint() in a test. Off, a failpoint costs one relaxed load. Any thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

namespace detail {
extern std::atomic<bool> failpoints_on;
Status hit_failpoint(std::string_view name);
}  // namespace detail

// action: "abort" (SIGKILL to ourselves, as a crash would), "error" (Code::io), "abort:N" / "error:N" from the N-th hit
// on, "" switches it off.
void set_failpoint(const std::string& name, const std::string& action);
void load_failpoints_from_environment();

}  // namespace naru

#define NARU_FAILPOINT(NAME)                                                                                 \
  do {                                                                                                       \
    if (::naru::detail::failpoints_on.load(std::memory_order_relaxed)) NARU_TRY(::naru::detail::hit_failpoint(NAME)); \
  } while (false)
