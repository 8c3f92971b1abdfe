// Lines of a text that is read in pieces from wherever it lies. They end at '\n' only: a text may hold U+2028.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "naru/result.h"

namespace naru {

// The bytes at an offset, at most so many; fewer only at the end, and none only there. Asked for one after the other.
using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t bytes_max)>;

struct Line {
  std::string text;  // without its end; empty where it is longer than what is wanted at most
  std::uint64_t offset = 0, size = 0, number = 1;
};

Status read_lines(const ReadAt& read_at, std::uint64_t line_bytes_max, const std::stop_token& stop,
                  const std::function<Status(const Line& line)>& visit);

}  // namespace naru
