// run_process: another program as a child, without a shell, with its output kept, a deadline and a stop token.
//
// Blocks the calling thread; any number side by side. The child gets no open files of ours, and no input or environment
// but as the options say; it leads its own process group, which is killed as a whole when time is up or a stop is asked
// for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

struct ProcessOptions {
  std::uint64_t timeout_ms = 0;  // 0: none
  // Its standard input: memory that nobody can change, which a program may also open as the file /dev/stdin.
  std::optional<std::string_view> input;
  std::string input_path;  // instead: a file that is there, opened for it to read
  // For output that is data: the errors are kept apart, and output beyond the limit is an error, not cut.
  bool errors_apart = false;
  bool bare_environment = false;  // of ours only where programs and home are, the language and the time zone
  std::size_t output_bytes_max = 64 * 1024;  // stdout and stderr together; of more the end is kept, where errors stand
  std::function<void(std::string_view)> on_output;  // each piece as it comes, from the calling thread
  // With errors_apart: takes each piece, and none is kept, however many there are; an error ends the program and is
  // what run_process gives.
  std::function<Status(std::string_view)> consume;
};

struct ProcessResult {
  int exit_status = 0;  // 128 + signal where a signal ended it
  std::string output;
  std::string errors;  // with errors_apart: the end of stderr
};

// unavailable: the program is not there, or may not be run; timeout, cancelled, limit_exceeded: it was killed. A status
// other than 0 is not an error here.
Result<ProcessResult> run_process(const std::vector<std::string>& arguments, const ProcessOptions& options,
                                  std::stop_token stop);

}  // namespace naru
