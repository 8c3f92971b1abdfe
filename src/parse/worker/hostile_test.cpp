// What a parser might do once a document has taken it over. Every attempt is made by the bare system call, because a
// library's wrapper may refuse by itself.
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

#include "parse/worker/hostile_testing.h"
#include "parse/worker/protocol.h"
#include "runtime/zygote.h"

extern char** environ;

namespace naru {

namespace {

constexpr std::string_view kMark = "HOSTILE:";

// Newer than the headers of some distributions; the same on every architecture.
constexpr long kPidfdSendSignal = 424, kIoUringSetup = 425, kOpenTree = 428, kFsopen = 430, kPidfdOpen = 434,
               kClone3 = 435, kCloseRange = 436, kOpenat2 = 437, kPidfdGetfd = 438, kLandlockCreate = 444,
               kMemfdSecret = 447;

struct Attempt {
  const char* name;
  long (*make)();
};

char* path(const char* text) { return const_cast<char*>(text); }

const Attempt kAttempts[] = {
    // Files.
    {"openat", [] { return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }},
    {"openat-create", [] { return syscall(SYS_openat, AT_FDCWD, "/tmp/naru-hostile", O_CREAT | O_WRONLY, 0600); }},
    {"openat2", [] { return syscall(kOpenat2, AT_FDCWD, "/etc/passwd", nullptr, 0); }},
    {"open-by-handle", [] { return syscall(SYS_open_by_handle_at, AT_FDCWD, nullptr, 0); }},
    {"statx", [] { return syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0, nullptr); }},
    {"faccessat", [] { return syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK); }},
    {"readlinkat", [] {
       char target[64];
       return syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", target, sizeof target);
     }},
    {"unlinkat", [] { return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/naru-hostile", 0); }},
    {"renameat2", [] { return syscall(SYS_renameat2, AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b", 0); }},
    {"mkdirat", [] { return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/naru-hostile", 0700); }},
    {"fchmodat", [] { return syscall(SYS_fchmodat, AT_FDCWD, "/tmp", 0777); }},
    {"fchownat", [] { return syscall(SYS_fchownat, AT_FDCWD, "/tmp", 0, 0, 0); }},
    {"chdir", [] { return syscall(SYS_chdir, "/"); }},
    {"chroot", [] { return syscall(SYS_chroot, "/"); }},
    {"symlinkat", [] { return syscall(SYS_symlinkat, "/etc", AT_FDCWD, "/tmp/naru-hostile"); }},
    {"linkat", [] { return syscall(SYS_linkat, AT_FDCWD, "/etc/passwd", AT_FDCWD, "/tmp/naru-hostile", 0); }},
    {"mknodat", [] { return syscall(SYS_mknodat, AT_FDCWD, "/tmp/naru-hostile", S_IFIFO | 0600, 0); }},
    {"truncate", [] { return syscall(SYS_truncate, "/etc/passwd", 0); }},
    {"memfd_create", [] { return syscall(SYS_memfd_create, "x", 0); }},
    {"name_to_handle", [] { return syscall(SYS_name_to_handle_at, AT_FDCWD, "/", nullptr, nullptr, 0); }},
    {"getdents64", [] { return syscall(SYS_getdents64, 0, nullptr, 0); }},
    // Descriptors.
    {"dup", [] { return syscall(SYS_dup, 1); }},
    {"dup3", [] { return syscall(SYS_dup3, 1, 5, 0); }},
    {"fcntl", [] { return syscall(SYS_fcntl, 1, F_GETFD); }},
    {"ioctl", [] { return syscall(SYS_ioctl, 1, 0x5412, "x"); }},  // TIOCSTI: types into a terminal
    {"read", [] {
       char byte;
       return syscall(SYS_read, 1, &byte, 1);
     }},
    {"write-elsewhere", [] { return syscall(SYS_write, 7, "x", 1); }},
    {"splice", [] { return syscall(SYS_splice, 1, nullptr, 1, nullptr, 1, 0); }},
    {"sendfile", [] { return syscall(SYS_sendfile, 1, 0, nullptr, 1); }},
    {"pipe2", [] {
       int ends[2];
       return syscall(SYS_pipe2, ends, 0);
     }},
    {"eventfd2", [] { return syscall(SYS_eventfd2, 0, 0); }},
    {"epoll_create1", [] { return syscall(SYS_epoll_create1, 0); }},
    {"inotify_init1", [] { return syscall(SYS_inotify_init1, 0); }},
    {"close_range", [] { return syscall(kCloseRange, 100, 200, 0); }},
    // The network.
    {"socket-tcp", [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"socket-unix", [] { return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }},
    {"socket-netlink", [] { return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0); }},
    {"socketpair", [] {
       int ends[2];
       return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
     }},
    {"connect", [] { return syscall(SYS_connect, 0, nullptr, 0); }},
    {"bind", [] { return syscall(SYS_bind, 0, nullptr, 0); }},
    {"listen", [] { return syscall(SYS_listen, 0, 1); }},
    {"sendto", [] { return syscall(SYS_sendto, 1, "x", 1, 0, nullptr, 0); }},
    {"sendmsg", [] { return syscall(SYS_sendmsg, 1, nullptr, 0); }},
    {"recvfrom", [] { return syscall(SYS_recvfrom, 0, nullptr, 0, 0, nullptr, nullptr); }},
    // Processes.
    {"fork", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"thread", [] { return syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0); }},
    {"clone3", [] { return syscall(kClone3, nullptr, 0); }},
    {"execve", [] {
       char* const arguments[] = {path("/bin/sh"), nullptr};
       return syscall(SYS_execve, arguments[0], arguments, environ);
     }},
    {"execveat", [] { return syscall(SYS_execveat, AT_FDCWD, "/bin/sh", nullptr, nullptr, 0); }},
    {"kill-parent", [] { return syscall(SYS_kill, getppid(), SIGKILL); }},
    {"kill-all", [] { return syscall(SYS_kill, -1, SIGKILL); }},
    {"tkill", [] { return syscall(SYS_tkill, 1, SIGKILL); }},
    {"tgkill", [] { return syscall(SYS_tgkill, 1, 1, SIGKILL); }},
    {"sigqueue", [] { return syscall(SYS_rt_sigqueueinfo, 1, SIGKILL, nullptr); }},
    {"pidfd_open", [] { return syscall(kPidfdOpen, 1, 0); }},
    {"pidfd_signal", [] { return syscall(kPidfdSendSignal, 1, SIGKILL, nullptr, 0); }},
    {"pidfd_getfd", [] { return syscall(kPidfdGetfd, 1, 0, 0); }},
    {"ptrace-parent", [] { return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0); }},
    {"ptrace-me", [] { return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); }},
    {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
    {"process_vm_writev", [] { return syscall(SYS_process_vm_writev, 1, nullptr, 0, nullptr, 0, 0); }},
    {"setsid", [] { return syscall(SYS_setsid); }},
    {"setpgid", [] { return syscall(SYS_setpgid, 0, 0); }},
    {"wait4", [] { return syscall(SYS_wait4, -1, nullptr, 1, nullptr); }},
    {"setpriority", [] { return syscall(SYS_setpriority, 0, 0, 19); }},
    {"sched_setaffinity", [] { return syscall(SYS_sched_setaffinity, 0, 0, nullptr); }},
    // Rights and limits.
    {"raise-limits", [] { return syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, nullptr); }},
    {"prctl-dumpable", [] { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    {"prctl-outlive", [] { return syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0); }},
    {"handler", [] { return syscall(SYS_rt_sigaction, SIGALRM, nullptr, nullptr, 8); }},
    {"alarm-off", [] { return syscall(SYS_setitimer, 0, nullptr, nullptr); }},
    {"setuid", [] { return syscall(SYS_setuid, 0); }},
    {"setresgid", [] { return syscall(SYS_setresgid, 0, 0, 0); }},
    {"setgroups", [] { return syscall(SYS_setgroups, 0, nullptr); }},
    {"capset", [] { return syscall(SYS_capset, nullptr, nullptr); }},
    {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
    {"setns", [] { return syscall(SYS_setns, 0, 0); }},
    {"seccomp", [] { return syscall(SYS_seccomp, 1, 0, nullptr); }},
    {"landlock", [] { return syscall(kLandlockCreate, nullptr, 0, 1); }},
    {"personality", [] { return syscall(SYS_personality, 0xffffffff); }},
    // The kernel's wide doors.
    {"io_uring", [] { return syscall(kIoUringSetup, 1, nullptr); }},
    {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    {"keyctl", [] { return syscall(SYS_keyctl, 0, -3, 0); }},
    {"add_key", [] { return syscall(SYS_add_key, "user", "x", "x", 1, -3); }},
    {"mount", [] { return syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }},
    {"umount2", [] { return syscall(SYS_umount2, "/", 2); }},
    {"open_tree", [] { return syscall(kOpenTree, AT_FDCWD, "/", 1); }},
    {"fsopen", [] { return syscall(kFsopen, "tmpfs", 0); }},
    {"pivot_root", [] { return syscall(SYS_pivot_root, ".", "."); }},
    {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, ""); }},
    {"kexec_load", [] { return syscall(SYS_kexec_load, 0, 0, nullptr, 0); }},
    {"reboot", [] { return syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, nullptr); }},
    {"syslog", [] { return syscall(SYS_syslog, 3, nullptr, 0); }},
    {"swapon", [] { return syscall(SYS_swapon, "/dev/sda", 0); }},
    // Memory and what lies between processes.
    {"mmap-executable", [] {
       return syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
     }},
    {"mprotect-executable", [] {
       alignas(4096) static std::array<char, 4096> page;
       return syscall(SYS_mprotect, page.data(), page.size(), PROT_READ | PROT_EXEC);
     }},
    {"pkey_mprotect", [] { return syscall(SYS_pkey_mprotect, nullptr, 0, PROT_READ | PROT_EXEC, -1); }},
    {"memfd_secret", [] { return syscall(kMemfdSecret, 0); }},
    {"mlockall", [] { return syscall(SYS_mlockall, 1); }},
    {"shmget", [] { return syscall(SYS_shmget, 0, 4096, 0600); }},
    {"shmat", [] { return syscall(SYS_shmat, 0, nullptr, 0); }},
    {"msgget", [] { return syscall(SYS_msgget, 0, 0600); }},
    {"semget", [] { return syscall(SYS_semget, 0, 1, 0600); }},
    {"mq_open", [] { return syscall(SYS_mq_open, "x", O_CREAT, 0600, nullptr); }},
    {"clock_settime", [] { return syscall(SYS_clock_settime, 0, nullptr); }},
    {"timer_create", [] { return syscall(SYS_timer_create, 0, nullptr, nullptr); }},
#ifdef __x86_64__
    // The kernel's other doors on this processor: the x32 numbers, and those of 32 bits.
    {"x32", [] { return syscall(0x40000000L | SYS_getpid); }},
    {"int-80", [] {
       long result = 20;  // getpid
       __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
       return result;
     }},
    {"modify_ldt", [] { return syscall(SYS_modify_ldt, 0, nullptr, 0); }},
    {"arch_prctl", [] { return syscall(SYS_arch_prctl, 0x1011, 0); }},
    {"iopl", [] { return syscall(SYS_iopl, 3); }},
#endif
};

std::string outcome(long result, int number) {
  if (result == -1 && number == EPERM) return "denied";
  return "allowed: " + std::to_string(result) + ", error " + std::to_string(number);
}

// ---- not calls, but ways to end badly -----------------------------------------------------------------------------

volatile std::int64_t sink = 0;  // wide: it counts for seconds

[[gnu::noinline]] int recurse(int depth) {  // the frames are used after the call, so that none is saved
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return sink < 0 ? depth : recurse(depth + 1) + frame[0];
}

std::string frame_of(std::uint32_t kind, std::uint64_t size, std::string_view payload) {
  std::string bytes = "NRW1";
  bytes.append(reinterpret_cast<const char*>(&kind), 4);
  bytes.append(reinterpret_cast<const char*>(&size), 8);
  return bytes += payload;
}

[[noreturn]] void say(const std::string& bytes) {
  write_output(bytes);
  _exit(0);
}

[[noreturn]] void spin() {
  while (true) sink = sink + 1;
}

void fill_memory() {
  while (true) {
    void* const page = malloc(1 << 20);  // as a C library would: it does not look at what it gets
    memset(page, 1, 1 << 20);
  }
}

std::string open_descriptors() {
  std::string open;
  for (int i = 0; i < 256; ++i) {
    if (i != 1 && close(i) == 0) open += std::to_string(i) + " ";
  }
  return open;
}

const char* remembered_environment = "";
const char* remembered_argument = "";

Document nonsense_document() {
  Document document;
  document.format = "text";
  document.blocks.resize(1);
  document.blocks[0].locator.bytes = ByteRange{5, 1'000'000};
  return document;
}

using Deed = std::string (*)();

const std::map<std::string_view, Deed>& deeds() {
  static const std::map<std::string_view, Deed> kDeeds = {
      {"crash", [] { return sink = *static_cast<volatile int*>(nullptr), std::string(); }},
      {"abort", []() -> std::string { abort(); }},
      {"exit", []() -> std::string { _exit(0); }},
      {"exit-7", []() -> std::string { _exit(7); }},
      {"loop", []() -> std::string { spin(); }},
      {"sleep", []() -> std::string {
         int word = 0;
         while (true) syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
       }},
      {"stack", [] { return std::to_string(recurse(0)); }},
      {"memory", [] { return fill_memory(), std::string(); }},
      {"allocate", [] {
         std::vector<std::string> much;
         while (true) much.emplace_back(1 << 20, 'x');
         return std::string();
       }},
      {"throw", []() -> std::string { throw std::runtime_error("thrown"); }},
      {"garbage", []() -> std::string { say("garbage on the pipe, of no use to anybody at all"); }},
      {"close", []() -> std::string {
         close(1);
         spin();
       }},
      {"half", []() -> std::string { say(frame_of(1, 1000, "half")); }},
      {"claim", []() -> std::string { say(frame_of(1, ~0ULL, "")); }},
      {"more", []() -> std::string { say(frame_of(2, 0, "more than was announced")); }},
      {"kind", []() -> std::string { say(frame_of(9, 0, "")); }},
      {"payload", []() -> std::string { say(frame_of(1, 8, "\xff\xff\xff\xff\xff\xff\xff\xff")); }},
      {"endless", []() -> std::string {
         say(frame_of(1, 100 << 20, ""));
       }},
      {"flood", []() -> std::string {
         const std::string piece(1 << 20, 'x');
         write_output(frame_of(1, 1 << 20, ""));
         while (write_output(piece)) {
         }
         _exit(0);
       }},
      {"drip", []() -> std::string {
         write_output(frame_of(1, 1 << 20, ""));
         while (write_output("x")) {
           for (int i = 0; i < 1'000'000; ++i) sink = sink + 1;
         }
         _exit(0);
       }},
      {"code", []() -> std::string {
         say(encode_answer(Result<Document>(Error(Code::cancelled, "no code of a parser"))));
       }},
      {"terminal", []() -> std::string {
         say(encode_answer(Result<Document>(Error(Code::corrupt, "\x1b]0;owned\x07\xc2\x9b" "31m red\nnext"))));
       }},
      {"outside", []() -> std::string { say(encode_answer(Result<Document>(nonsense_document()))); }},
      {"report", []() -> std::string { say(encode_answer(SandboxReport{})); }},
      {"environment", [] { return environ == nullptr || *environ == nullptr ? std::string("empty") : *environ; }},
      {"remembered", [] { return fmt::format("'{}' '{}'", remembered_environment, remembered_argument); }},
      {"descriptors", [] { return open_descriptors(); }},
      {"process", [] { return std::to_string(getpid()); }},
  };
  return kDeeds;
}

std::string act(std::string_view word) {
  for (const Attempt& attempt : kAttempts) {
    if (word != attempt.name) continue;
    errno = 0;
    const long result = attempt.make();
    return outcome(result, errno);
  }
  const auto deed = deeds().find(word);
  return deed == deeds().end() ? "no such word" : deed->second();
}

class HostileParser : public Parser {
 public:
  std::string_view format() const override { return "hostile"; }
  Confidence detect(const ParseInput& input) const override {
    return input.bytes.starts_with(kMark) ? Confidence::certain : Confidence::no;
  }
  Result<Document> parse(const ParseInput& input) const override {
    Document document;
    document.format = "hostile";
    document.blocks.resize(1);
    document.blocks[0].text = act(input.bytes.substr(kMark.size()));
    return document;
  }
};

}  // namespace

void remember_strings(const char* environment, const char* argument) {
  remembered_environment = environment;
  remembered_argument = argument;
}

void register_hostile(Registry& registry) {
  registry.add_parser({.name = "hostile", .summary = "what a document may make of a parser"},
                      [] { return std::make_unique<HostileParser>(); });
}

std::vector<std::string> escape_attempts() {
  std::vector<std::string> names;
  for (const Attempt& attempt : kAttempts) names.emplace_back(attempt.name);
  return names;
}

}  // namespace naru
