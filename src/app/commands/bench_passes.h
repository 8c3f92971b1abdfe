// What `naru bench search` and `naru bench vectors` share: questions asked one at a time, once to warm and then in
// passes that count. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "base/json.h"
#include "naru/result.h"

namespace naru {

// The most passes that are asked for: medians stand still long before.
inline constexpr std::uint64_t kPassesMax = 1000;

enum class Pass : std::uint8_t { warm, counted };

// Calls ask(i, pass) for i of 0 .. count − 1 in order, in one warm pass and `passes` counted ones, and gives
// {"ms_mean","ms_p50","ms_p99","ms_cpu"}: the medians over the counted passes of their mean wall and mean CPU
// milliseconds a question, and quantiles of all counted questions. CPU is the whole process's, so that a model's own
// threads count. cancelled: stopped.
Result<Json> time_passes(std::size_t count, std::uint64_t passes, const std::stop_token& stop,
                         const std::function<Status(std::size_t i, Pass pass)>& ask);

}  // namespace naru
