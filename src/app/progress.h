// The text of the moving line: how far, how fast, how long still. Pure function; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace naru {

// How long it still takes at the rate so far; none: not known, or nothing is left.
std::optional<double> seconds_left(std::uint64_t done, std::uint64_t total, double seconds);

// "handbook [=====>    ] 1234/12865  310/s  0:38 left"; `total` 0: not known.
std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total, double seconds);

}  // namespace naru
