#include "runtime/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "runtime/files.h"

namespace naru {

namespace {

constexpr int kLookMs = 100;  // for a stop
constexpr std::size_t kStreamBytesMax = 128U << 10;  // at once: a pipe holds half of it

std::atomic<bool> input_taken = false;
std::atomic<int> output = -1;  // a descriptor of our own once it is claimed

}  // namespace

Status claim_standard_input() {
  if (::isatty(STDIN_FILENO) == 1) {
    return Error(Code::invalid_argument, "standard input is a terminal: pipe something in, `naru run < rows.jsonl`");
  }
  if (input_taken.exchange(true)) {
    return Error(Code::already_exists, "standard input was read already: one flow at a time can be fed from it");
  }
  return {};
}

Result<std::string> read_standard_input(std::size_t bytes_max, const std::stop_token& stop) {
  std::string bytes(std::min(bytes_max, kStreamBytesMax), '\0');
  for (;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading standard input");
    pollfd ready = {STDIN_FILENO, POLLIN, 0};
    const int found = ::poll(&ready, 1, kLookMs);
    if (found == 0 || (found < 0 && errno == EINTR)) continue;
    if (found < 0) return errno_error("waiting for standard input", errno);
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("reading standard input", errno);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

Status claim_standard_output() {
  if (output >= 0) return {};
  std::fflush(stdout);
  const int own = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return errno_error("standard output", errno);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return errno_error("standard output", errno);
  output = own;
  return {};
}

Status write_standard_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(output, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno_error("writing standard output", errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace naru
