// LineReader: lines of standard input, as they come, until it ends or somebody asks to stop. One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "naru/result.h"

namespace naru {

class LineReader {
 public:
  explicit LineReader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // The next line without its end; none: there is no more, or stop was requested. limit_exceeded: it is too long, and
  // nothing more can be read.
  Result<std::optional<std::string>> next(std::stop_token stop);

 private:
  const std::size_t line_bytes_max_;
  std::string have_;
  bool ended_ = false;
};

}  // namespace naru
