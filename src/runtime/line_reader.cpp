#include "runtime/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/files.h"

namespace naru {

namespace {

constexpr int kLookMs = 200;  // how soon a request to stop is heard
constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

Result<std::optional<std::string>> LineReader::next(std::stop_token stop) {
  std::size_t looked = 0;
  for (;;) {
    const std::size_t end = have_.find('\n', looked);
    if (end != std::string::npos) {
      std::string line = have_.substr(0, end);
      have_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return std::optional(std::move(line));
    }
    looked = have_.size();
    if (have_.size() > line_bytes_max_) {
      return Error(Code::limit_exceeded, fmt::format("a line of more than {} bytes", line_bytes_max_));
    }
    if (ended_ || stop.stop_requested()) return std::optional<std::string>();
    pollfd waits{STDIN_FILENO, POLLIN, 0};
    if (::poll(&waits, 1, kLookMs) <= 0) continue;
    std::array<char, kReadBytes> piece{};
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("reading standard input", errno);
    ended_ = got == 0;
    have_.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace naru
