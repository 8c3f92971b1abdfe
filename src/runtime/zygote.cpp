#include "runtime/zygote.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "runtime/files.h"
#include "runtime/pipe.h"
#include "runtime/sandbox_filter.h"
#include "runtime/sealed_memory.h"
#include "runtime/zygote_protocol.h"

extern char** environ;

namespace naru {

namespace {

// An idle zygote ends within a millisecond of its socket closing; one that does not is killed.
constexpr int kEndMs = 1'000;

struct Pair {
  FileDescriptor ours, theirs;
};

Result<Pair> make_sockets() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno_error("making a socket", errno);
  return Pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Only what a sanitizer needs to know: keys and tokens in our environment are nobody's business.
std::vector<char*> worker_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; kSanitized && entry != nullptr && *entry != nullptr; ++entry) {
    if (std::strstr(*entry, "SAN_OPTIONS=") != nullptr) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

bool send_request(int socket, const ZygoteRequest& header, std::string_view request,
                  const std::array<int, kZygoteDescriptors>& descriptors) {
  std::array<iovec, 2> parts{{{const_cast<ZygoteRequest*>(&header), sizeof header},
                              {const_cast<char*>(request.data()), request.size()}}};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> control{};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof descriptors);
  ssize_t sent = 0;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

// Milliseconds left of `wait_ms` since `start_ns`, at least 0.
int left_ms(std::int64_t start_ns, int wait_ms) {
  const double gone = elapsed_ms(start_ns, system_clock().monotonic_ns());
  return gone >= wait_ms ? 0 : wait_ms - static_cast<int>(gone);
}

}  // namespace

// ---- a child, seen from here ------------------------------------------------------------------------------------

ZygoteChild::ZygoteChild(ZygoteChild&& other) noexcept
    : output_(std::exchange(other.output_, -1)),
      status_(std::exchange(other.status_, -1)),
      error_(other.error_),
      end_(other.end_) {}

ZygoteChild::~ZygoteChild() {
  if (output_ >= 0) close(output_);
  if (status_ >= 0) close(status_);
}

bool ZygoteChild::receive() {
  ZygoteAnswer answer;
  ssize_t got = 0;
  do got = recv(status_, &answer, sizeof answer, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof answer)) return false;
  error_ = answer.error;
  if (error_ == 0) end_ = answer.end;
  return true;
}

ZygoteChild::Event ZygoteChild::read(std::string& text, std::size_t bytes_max, int wait_ms) {
  // The status is of interest only until it has come: a child's last bytes are read after it.
  const bool open = !end_.has_value();
  std::array<pollfd, 2> ready{{{output_, POLLIN, 0}, {open ? status_ : -1, POLLIN, 0}}};
  const int count = poll(ready.data(), ready.size(), wait_ms);
  if (count <= 0) return Event::nothing;
  if (ready[0].revents != 0) {
    text.resize(bytes_max);
    const ssize_t got = ::read(output_, text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got > 0) return Event::bytes;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Event::nothing;
    // A pipe that nobody ever wrote to ends too when there is no child: the status says so.
    if (open && ready[1].revents != 0) {
      if (!receive()) return Event::lost;
      if (error_ != 0) return Event::refused;
    }
    return Event::end;
  }
  if (!receive()) return Event::lost;
  return error_ != 0 ? Event::refused : Event::nothing;
}

std::optional<ChildEnd> ZygoteChild::wait(int wait_ms) {
  const std::int64_t start = system_clock().monotonic_ns();
  while (!end_) {
    pollfd ready{status_, POLLIN, 0};
    const int count = poll(&ready, 1, left_ms(start, wait_ms));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || !receive() || error_ != 0) break;
  }
  return end_;
}

std::optional<ChildEnd> ZygoteChild::kill(int wait_ms) {
  shutdown(status_, SHUT_WR);  // the zygote reads the end of our half, and kills
  return wait(wait_ms);
}

// ---- the zygote, seen from here ---------------------------------------------------------------------------------

Result<std::unique_ptr<Zygote>> Zygote::start(const std::string& executable, const std::string& argument) {
  Pair sockets = NARU_TRY(make_sockets());
  std::string program = executable, first = argument;
  std::array<char*, 3> arguments{program.data(), first.data(), nullptr};
  std::vector<char*> environment = worker_environment();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, sockets.theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // Our threads block signals; a session of its own, so that Ctrl-C in our terminal reaches us alone.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  pid_t process = 0;
  const int failed = posix_spawn(&process, program.data(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return Error(Code::unavailable, fmt::format("the parser process {} cannot be started: {}", executable,
                                                std::error_code(failed, std::generic_category()).message()));
  }
  return std::unique_ptr<Zygote>(new Zygote(process, sockets.ours.release()));
}

namespace {

void overwrite(char** strings) {
  for (; strings != nullptr && *strings != nullptr; ++strings) explicit_bzero(*strings, std::strlen(*strings));
}

// What exec and its attributes do in start(), by hand.
void become_zygote(char** arguments, int socket) {
  overwrite(environ);
  environ = nullptr;
  overwrite(arguments);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (setsid() < 0 || dup2(socket, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0) _exit(1);
}

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::fork(char** arguments, void (*child)()) {
  Pair sockets = NARU_TRY(make_sockets());
  const pid_t process = ::fork();
  if (process < 0) {
    return Error(Code::unavailable, fmt::format("the parser process cannot be started: {}",
                                                std::error_code(errno, std::generic_category()).message()));
  }
  if (process == 0) {
    become_zygote(arguments, sockets.theirs.get());
    child();
    _exit(1);
  }
  return std::unique_ptr<Zygote>(new Zygote(process, sockets.ours.release()));
}

Zygote::~Zygote() {
  close(control_);
  const std::int64_t start = system_clock().monotonic_ns();
  while (waitpid(process_, nullptr, WNOHANG) == 0) {
    if (left_ms(start, kEndMs) > 0) {
      system_clock().sleep_ms(1, {});
      continue;
    }
    kill();
    waitpid(process_, nullptr, 0);
    return;
  }
}

void Zygote::kill() const { ::kill(process_, SIGKILL); }

Result<ZygoteChild> Zygote::run(std::string_view request, std::string_view input, const SandboxLimits& limits) const {
  if (request.size() > kRequestBytesMax) return Error(Code::internal, "a request to the zygote is too long");
  const FileDescriptor file = NARU_TRY(sealed_memory(input));
  Pipe output = NARU_TRY(make_pipe());
  Pair status = NARU_TRY(make_sockets());
  ZygoteRequest header;
  header.request_bytes = static_cast<std::uint32_t>(request.size());
  header.limits = limits;
  if (!send_request(control_, header, request, {file.get(), output.write.get(), status.theirs.get()})) {
    return Error(Code::unavailable, fmt::format("the parser process is gone: {}",
                                                std::error_code(errno, std::generic_category()).message()));
  }
  return ZygoteChild(output.read.release(), status.ours.release());
}

}  // namespace naru
