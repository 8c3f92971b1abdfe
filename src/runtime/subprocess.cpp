#include "runtime/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/clock.h"
#include "runtime/files.h"

extern char** environ;

namespace naru {

namespace {

// How late a stop or a deadline may be noticed; a person does not see a tenth of a second.
constexpr int kPollMs = 100;
// A child that closed its output is usually gone at once.
constexpr int kExitPollMs = 2;

struct Pipe {
  int read = -1, write = -1;
  ~Pipe() {
    if (read >= 0) close(read);
    if (write >= 0) close(write);
  }
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, Pipe& pipe) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe.write, STDERR_FILENO);
  sigset_t none, all;  // what our threads block or ignore is nothing to the child
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT) return Error(Code::unavailable, "the program " + arguments[0] + " is not there");
  if (failed != 0) return errno_error("starting " + arguments[0], failed);
  return child;
}

void keep_output(ProcessResult& result, std::string_view piece, const ProcessOptions& options) {
  if (options.on_output) options.on_output(piece);
  result.output += piece;
  if (result.output.size() > options.output_bytes_max) {
    result.output.erase(0, result.output.size() - options.output_bytes_max);
  }
}

int exit_status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_status_of(status);
}

// Reads what there is, or waits a moment. False: the child closed its output, or there is nothing more to read.
bool read_some(int descriptor, ProcessResult& result, const ProcessOptions& options) {
  std::array<char, 16 * 1024> buffer;
  pollfd ready{descriptor, POLLIN, 0};
  if (poll(&ready, 1, kPollMs) <= 0) return true;
  const ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got > 0) keep_output(result, {buffer.data(), static_cast<std::size_t>(got)}, options);
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& arguments, const ProcessOptions& options,
                                  std::stop_token stop) {
  if (arguments.empty()) return Error(Code::invalid_argument, "no program to run");
  Pipe pipe;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno_error("making a pipe", errno);
  pipe.read = ends[0];
  pipe.write = ends[1];
  const pid_t child = NARU_TRY(spawn(arguments, pipe));
  close(pipe.write);
  pipe.write = -1;

  ProcessResult result;
  const std::int64_t start_ns = system_clock().monotonic_ns();
  bool open = true;  // a child may close its output and go on
  while (true) {
    if (open) {
      open = read_some(pipe.read, result, options);
    } else {
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) {
        result.exit_status = exit_status_of(status);
        return result;
      }
      system_clock().sleep_ms(kExitPollMs, stop);
    }
    const bool late = options.timeout_ms != 0 &&
                      elapsed_ms(start_ns, system_clock().monotonic_ns()) > static_cast<double>(options.timeout_ms);
    if (!late && !stop.stop_requested()) continue;
    kill(-child, SIGKILL);
    wait_for(child);
    if (!late) return Error(Code::cancelled, "stopped");
    return Error(Code::timeout, arguments[0] + " took longer than " + std::to_string(options.timeout_ms) + " ms");
  }
}

}  // namespace naru
