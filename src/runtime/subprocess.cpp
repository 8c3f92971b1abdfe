#include "runtime/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "runtime/files.h"
#include "runtime/pipe.h"
#include "runtime/sealed_memory.h"
#include "runtime/spawn.h"

namespace naru {

namespace {

// How late a stop or a deadline may be noticed; a person does not see a tenth of a second.
constexpr int kPollMs = 100;
// A child that closed its output is usually gone at once.
constexpr int kExitPollMs = 2;
// The end of what it complains of, where that is kept apart.
constexpr std::size_t kErrorBytesMax = 64 * 1024;

// What comes out of the child, as it comes.
class Reader {
 public:
  Reader(FileDescriptor output, FileDescriptor errors, const ProcessOptions& options)
      : output_(std::move(output)), errors_(std::move(errors)), options_(options) {}

  bool open() const { return output_.valid() || errors_.valid(); }

  // Reads what there is, or waits a moment. limit_exceeded: more than may be.
  Status read_some(ProcessResult& result) {
    std::array<pollfd, 2> ready = {{{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};  // -1 is passed over
    if (poll(ready.data(), ready.size(), kPollMs) <= 0) return {};
    if (ready[0].revents != 0) {
      const std::string_view piece = read_from(output_);
      if (options_.on_output && !piece.empty()) options_.on_output(piece);
      if (options_.consume) {
        NARU_TRY(options_.consume(piece));
        return read_errors(result, ready[1].revents);
      }
      if (options_.errors_apart && result.output.size() + piece.size() > options_.output_bytes_max) {
        return Error(Code::limit_exceeded, fmt::format("more than {} bytes came out", options_.output_bytes_max));
      }
      keep_end(result.output, piece, options_.output_bytes_max);
    }
    return read_errors(result, ready[1].revents);
  }

 private:
  Status read_errors(ProcessResult& result, short events) {
    if (events != 0) keep_end(result.errors, read_from(errors_), kErrorBytesMax);
    return {};
  }

  // Closes what has ended.
  std::string_view read_from(FileDescriptor& from) {
    const ssize_t got = read(from.get(), buffer_.data(), buffer_.size());
    if (got == 0 || (got < 0 && errno != EINTR)) from = FileDescriptor();
    return {buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  FileDescriptor output_, errors_;
  const ProcessOptions& options_;
  std::array<char, 64 * 1024> buffer_{};
};

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& arguments, const ProcessOptions& options,
                                  std::stop_token stop) {
  if (arguments.empty()) return Error(Code::invalid_argument, "no program to run");
  FileDescriptor input;
  if (options.input) input = NARU_TRY(sealed_memory(*options.input));
  if (!options.input_path.empty()) {
    input = FileDescriptor(open(options.input_path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!input.valid()) return errno_error("opening " + options.input_path, errno);
  }
  Pipe output = NARU_TRY(make_pipe());
  Pipe errors;
  if (options.errors_apart) errors = NARU_TRY(make_pipe());
  const ChildEnds ends{input.get(), output.write.get(), (options.errors_apart ? errors : output).write.get()};
  const Environment environment = options.bare_environment ? Environment::bare : Environment::ours;
  const pid_t child = NARU_TRY(spawn_program(arguments, ends, environment));
  output.write = FileDescriptor();
  errors.write = FileDescriptor();

  ProcessResult result;
  Reader reader(std::move(output.read), std::move(errors.read), options);
  const std::int64_t start_ns = system_clock().monotonic_ns();
  while (true) {
    Status read;
    if (reader.open()) {
      read = reader.read_some(result);
    } else {  // a child may close its output and go on
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) {
        result.exit_status = exit_status_of(status);
        return result;
      }
      system_clock().sleep_ms(kExitPollMs, stop);
    }
    const bool late = options.timeout_ms != 0 &&
                      elapsed_ms(start_ns, system_clock().monotonic_ns()) > static_cast<double>(options.timeout_ms);
    if (read && !late && !stop.stop_requested()) continue;
    kill_group(child);
    if (!read) return read.error();
    if (!late) return Error(Code::cancelled, "stopped");
    return Error(Code::timeout, arguments[0] + " took longer than " + std::to_string(options.timeout_ms) + " ms");
  }
}

}  // namespace naru
