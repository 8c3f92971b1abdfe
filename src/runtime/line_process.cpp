#include "runtime/line_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "runtime/pipe.h"
#include "runtime/spawn.h"

namespace naru {

namespace {

// How late a stop or a deadline may be noticed.
constexpr int kPollMs = 100;
// The end of what it complains of.
constexpr std::size_t kErrorBytesMax = 16 * 1024;
// The pause before the second start in a row, and the longest: a program that lacks something must not eat a core.
constexpr std::uint64_t kPauseMs = 50, kPauseMsMax = 5'000;
// So long a program that has closed its output may take to end.
constexpr int kExitMs = 200, kExitPollMs = 2;

void never_wait(const FileDescriptor& descriptor) {
  fcntl(descriptor.get(), F_SETFL, fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

}  // namespace

struct LineProcess::Child {
  pid_t id = 0;
  FileDescriptor input, output, errors;
  std::string said, complained;
  bool has_answered = false;

  // False: it has closed its output.
  bool read_output() {
    const ssize_t got = read(output.get(), buffer.data(), buffer.size());
    if (got > 0) said.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  }

  void read_errors() {
    const ssize_t got = read(errors.get(), buffer.data(), buffer.size());
    if (got > 0) {
      keep_end(complained, std::string_view(buffer.data(), static_cast<std::size_t>(got)), kErrorBytesMax);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      errors = FileDescriptor();
    }
  }

  std::array<char, 64 * 1024> buffer{};
};

LineProcess::LineProcess(LineProcessOptions options) : options_(std::move(options)) {}

LineProcess::~LineProcess() { end(); }

Result<std::string> LineProcess::ask(std::string_view line, std::stop_token stop) {
  // What it said unasked, or that it ended since, is nothing that this question is to blame for.
  if (child_ && (!child_->read_output() || !child_->said.empty())) restart();
  if (!child_) NARU_TRY(start(stop));
  Result<std::string> answer = exchange(line, stop);
  // It may have ended after the answer before, and not of this question: a new one is asked.
  if (!answer && answer.error().code() == Code::io && child_->has_answered) {
    end();
    NARU_TRY(start(stop));
    answer = exchange(line, stop);
  }
  failures_ = answer ? 0 : failures_ + 1;
  if (answer) child_->has_answered = true;
  if (!answer) end();
  return answer;
}

Status LineProcess::start(std::stop_token stop) {
  if (options_.arguments.empty()) return Error(Code::invalid_argument, "no program to run");
  if (failures_ > 0) {
    system_clock().sleep_ms(std::min(kPauseMsMax, kPauseMs << std::min(failures_ - 1, 16U)), stop);
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  }
  Pipe input = NARU_TRY(make_pipe()), output = NARU_TRY(make_pipe()), errors = NARU_TRY(make_pipe());
  Result<pid_t> id = spawn_program(options_.arguments, {input.read.get(), output.write.get(), errors.write.get()},
                                   Environment::bare);
  if (!id) {
    ++failures_;
    return id.error();
  }
  if (options_.memory_bytes_max > 0) {
    const rlimit limit{options_.memory_bytes_max, options_.memory_bytes_max};
    prlimit(*id, RLIMIT_DATA, &limit, nullptr);
  }
  child_ = std::make_unique<Child>();
  child_->id = *id;
  child_->input = std::move(input.write);
  child_->output = std::move(output.read);
  child_->errors = std::move(errors.read);
  for (const FileDescriptor* end : {&child_->input, &child_->output, &child_->errors}) never_wait(*end);
  return {};
}

// Writes and reads side by side: a program may answer before it has read all, and neither side may block the other.
Result<std::string> LineProcess::exchange(std::string_view line, std::stop_token stop) {
  Child& child = *child_;
  std::string question(line);
  question += '\n';
  std::size_t written = 0;
  const std::int64_t start_ns = system_clock().monotonic_ns();
  for (;;) {
    std::array<pollfd, 3> ready = {{{child.output.get(), POLLIN, 0},
                                    {child.errors.get(), POLLIN, 0},
                                    {written < question.size() ? child.input.get() : -1, POLLOUT, 0}}};
    const int events = poll(ready.data(), ready.size(), kPollMs);
    if (events > 0 && ready[1].revents != 0) child.read_errors();
    if (events > 0 && ready[2].revents != 0) {
      const ssize_t sent = write(child.input.get(), question.data() + written, question.size() - written);
      if (sent > 0) written += static_cast<std::size_t>(sent);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return ended();
    }
    if (events > 0 && ready[0].revents != 0) {
      const bool open = child.read_output();
      const std::size_t end = child.said.find('\n');
      if (end != std::string::npos) {
        if (end + 1 < child.said.size() || written < question.size()) {
          return Error(Code::corrupt, "it said more than one line, or one before it was asked");
        }
        child.said.pop_back();
        return std::move(child.said);
      }
      if (child.said.size() > options_.line_bytes_max) {
        return Error(Code::limit_exceeded, fmt::format("its answer is longer than {} bytes", options_.line_bytes_max));
      }
      if (!open) return ended();
    }
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    if (elapsed_ms(start_ns, system_clock().monotonic_ns()) > static_cast<double>(options_.timeout_ms)) {
      return Error(Code::timeout, fmt::format("no answer within {} ms", options_.timeout_ms));
    }
  }
}

// It is looked at and left for kill_group() to wait for: its group may hold others.
Error LineProcess::ended() {
  siginfo_t how{};
  for (int waited = 0; how.si_pid == 0 && waited < kExitMs; waited += kExitPollMs) {
    waitid(P_PID, static_cast<id_t>(child_->id), &how, WEXITED | WNOHANG | WNOWAIT);
    if (how.si_pid == 0) system_clock().sleep_ms(kExitPollMs, {});
  }
  if (how.si_pid == 0) return {Code::io, "it closed its output without an answer"};
  if (how.si_code == CLD_EXITED) {
    return {Code::io, fmt::format("it ended without an answer: exit status {}", how.si_status)};
  }
  return {Code::io, fmt::format("it ended without an answer: signal {}", how.si_status)};
}

void LineProcess::end() {
  if (!child_) return;
  kill_group(child_->id);
  child_->read_errors();
  complained_ = std::move(child_->complained);
  child_.reset();
}

void LineProcess::restart() {
  ++failures_;
  end();
}

}  // namespace naru
