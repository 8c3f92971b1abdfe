// The zygote's own side: one thread, one loop over the parent's socket, the children's ends and their memory.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "runtime/clock.h"
#include "runtime/zygote_protocol.h"

namespace naru {

namespace {

constexpr int kControl = 0;                  // the parent's socket
constexpr int kOutput = 1;                   // a child's pipe
constexpr int kWatchMs = 20;                 // between two looks at the children's memory
constexpr int kRefusedStatus = 71;           // a child without the floor; it has said why

struct Live {
  pid_t process = 0;
  int status = -1;  // the socket on which its end is told, and whose closing ends it
  std::uint64_t memory_bytes_max = 0;
  ChildEnd end;
  bool killed = false;
};

struct Received {
  ZygoteRequest header;
  std::array<char, Zygote::kRequestBytesMax> text;
  std::array<int, kZygoteDescriptors> descriptors{-1, -1, -1};
  std::string_view request() const { return {text.data(), header.request_bytes}; }
};

std::uint64_t milliseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000;
}

enum class Receipt { request, nothing, gone };

Receipt receive(Received& received) {
  std::array<iovec, 2> parts{{{&received.header, sizeof received.header},
                              {received.text.data(), received.text.size()}}};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof received.descriptors)> control{};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(kControl, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got == 0) return Receipt::gone;
  if (got < 0) return errno == EINTR || errno == EAGAIN ? Receipt::nothing : Receipt::gone;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  const bool whole = static_cast<std::size_t>(got) >= sizeof received.header && received.header.magic == kZygoteMagic &&
                     static_cast<std::size_t>(got) == sizeof received.header + received.header.request_bytes &&
                     rights != nullptr && rights->cmsg_type == SCM_RIGHTS &&
                     rights->cmsg_len == CMSG_LEN(sizeof received.descriptors);
  if (!whole) return Receipt::gone;  // not our parent, or another version of it
  std::memcpy(received.descriptors.data(), CMSG_DATA(rights), sizeof received.descriptors);
  return Receipt::request;
}

class Loop {
 public:
  Loop(ZygoteTask& task, Sandbox sandbox, int signals)
      : task_(task), sandbox_(std::move(sandbox)), signals_(signals) {}

  int run() {
    while (true) {
      wait();
      if ((ready_[1].revents & POLLIN) != 0) reap();
      for (std::size_t i = 2; i < ready_.size(); ++i) {
        if (ready_[i].revents != 0) end(ready_[i].fd, ChildEnd::Why::asked);
      }
      watch_memory();
      std::erase_if(children_, [](const Live& child) { return child.process == 0; });
      if (ready_[0].revents == 0) continue;
      Received received;
      const Receipt receipt = receive(received);
      if (receipt == Receipt::request) start(received);
      if (receipt == Receipt::gone) break;
    }
    for (const Live& child : children_) kill(child.process, SIGKILL);
    for (const Live& child : children_) waitpid(child.process, nullptr, 0);
    return 0;
  }

 private:
  void wait() {
    ready_.assign({{kControl, POLLIN, 0}, {signals_, POLLIN, 0}});
    for (const Live& child : children_) {
      if (!child.killed) ready_.push_back({child.status, POLLIN | POLLRDHUP, 0});
    }
    if (poll(ready_.data(), ready_.size(), children_.empty() ? -1 : kWatchMs) >= 0) return;
    for (pollfd& one : ready_) one.revents = 0;
  }

  void start(Received& received) {
    const auto [input, output, status] = received.descriptors;
    task_.prepare(received.request());
    const int child = children_.size() < Zygote::kChildrenMax ? sandbox_.fork() : -EAGAIN;
    if (child == 0) become_child(received);
    close(input);
    close(output);
    if (child < 0) {
      tell(status, {-child, {}});
      close(status);
      return;
    }
    Live live;
    live.process = child;
    live.status = status;
    live.memory_bytes_max = received.header.limits.memory_bytes_max;
    children_.push_back(live);
  }

  [[noreturn]] void become_child(const Received& received) {
    const std::string request(received.request());
    const Result<Sandbox::Entered> entered =
        sandbox_.enter(received.header.limits, received.descriptors[0], received.descriptors[1]);
    write_output(task_.run(request, entered));
    _exit(entered.has_value() ? 0 : kRefusedStatus);
  }

  void end(int status, ChildEnd::Why why) {
    for (Live& child : children_) {
      if (child.status != status || child.killed) continue;
      child.killed = true;
      child.end.why = why;
      kill(child.process, SIGKILL);
    }
  }

  void watch_memory() {
    const std::int64_t now = system_clock().monotonic_ns();
    if (elapsed_ms(watched_ns_, now) < kWatchMs) return;
    watched_ns_ = now;
    for (Live& child : children_) {
      if (child.killed) continue;
      const std::uint64_t resident = resident_bytes(child.process);
      child.end.peak_bytes = std::max(child.end.peak_bytes, resident);
      if (resident > child.memory_bytes_max) end(child.status, ChildEnd::Why::memory);
    }
  }

  void reap() {
    signalfd_siginfo news;
    while (read(signals_, &news, sizeof news) > 0) {
    }
    for (Live& child : children_) {
      int status = 0;
      rusage usage{};
      if (wait4(child.process, &status, WNOHANG, &usage) != child.process) continue;
      if (WIFEXITED(status)) child.end.exit_status = WEXITSTATUS(status);
      if (WIFSIGNALED(status)) child.end.signal = WTERMSIG(status);
      child.end.peak_bytes = std::max(child.end.peak_bytes, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
      child.end.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
      tell(child.status, {0, child.end});
      close(child.status);
      child.process = 0;
      child.killed = true;
    }
  }

  static void tell(int status, const ZygoteAnswer& answer) {
    (void)!send(status, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT);  // nobody may care any more
  }

  ZygoteTask& task_;
  Sandbox sandbox_;
  const int signals_;
  std::vector<Live> children_;
  std::vector<pollfd> ready_;
  std::int64_t watched_ns_ = 0;
};

}  // namespace

bool write_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(kOutput, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

void run_zygote(ZygoteTask& task) {
  close_descriptors_from(kControl + 3);
  prctl(PR_SET_NAME, "naru-worker");
  (void)!chdir("/");  // keeps no folder busy
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ours, nullptr);
  const int signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) _exit(1);
  Sandbox sandbox = Sandbox::prepare();
  prctl(PR_SET_DUMPABLE, 0);  // not before: the user namespace's maps are written through /proc/self
  _exit(Loop(task, std::move(sandbox), signals).run());
}

}  // namespace naru
