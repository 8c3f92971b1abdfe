#include "runtime/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "runtime/files.h"
#include "runtime/sandbox_filter.h"

namespace naru {

namespace {

constexpr int kInput = 0;  // where enter() puts the input before it is mapped
constexpr int kLowest = 3;
constexpr unsigned kNobody = 65534;        // what the kernel shows for "nobody's" files, and nobody's user id on Linux
constexpr int kDescriptorsSearched = 4096; // where the kernel lacks close_range; the zygote has a handful
constexpr std::uint64_t kAlarmSlackMs = 2'000;  // the parent's clock ends a child first; this is for orphans

// Landlock: numbers and bits as in the kernel's uapi/linux/landlock.h, which older distributions do not ship.
constexpr long kLandlockCreate = 444, kLandlockRestrict = 446;
constexpr std::uint32_t kLandlockVersion = 1;
struct LandlockRuleset {
  std::uint64_t files = 0;    // since 1
  std::uint64_t network = 0;  // since 4: bind and connect of TCP
  std::uint64_t scoped = 0;   // since 6: abstract sockets, signals
};

std::string reason(int number) {
  return fmt::format("{} (error {})", std::error_code(number, std::generic_category()).message(), number);
}

Error floor_error(std::string_view part) {
  return {Code::unavailable, fmt::format("the sandbox does not hold here: {}: {}; nothing is parsed without it", part,
                                         reason(errno))};
}

// "size resident shared ..." in pages.
bool read_memory(const std::string& path, std::uint64_t& mapped, std::uint64_t& resident) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 128> text;
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  if (size <= 0) return false;
  const char* const end = text.data() + size;
  const auto first = std::from_chars(text.data(), end, mapped);
  if (first.ec != std::errc() || first.ptr == end) return false;
  if (std::from_chars(first.ptr + 1, end, resident).ec != std::errc()) return false;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  mapped *= page;
  resident *= page;
  return true;
}

bool write_text(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool wrote = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return wrote;
}

// fork() as the first process of a namespace; the library has no call for it. Below 0: the negative error number.
int fork_into_namespace() {
#ifdef NARU_SANITIZER_thread  // that sanitizer must see the fork
  return -ENOSYS;
#else
  const long child = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  return child < 0 ? -errno : static_cast<int>(child);
#endif
}

// ---- in the child -----------------------------------------------------------------------------------------------

void end_late_child(int) { _exit(128 + SIGALRM); }

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// A child whose parents died before it asked to die with them ends by this clock.
void set_alarm(std::uint64_t time_ms_max) {
  struct sigaction late {};
  late.sa_handler = end_late_child;
  sigaction(SIGALRM, &late, nullptr);  // a handler: the first process of a namespace ignores what it does not handle
  const std::uint64_t ms = time_ms_max + kAlarmSlackMs;
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(ms / 1000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(ms % 1000 * 1000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// Input and output get their fixed places, everything else is closed. stderr stays for sanitizers alone: what a hostile
// child writes must not reach a terminal.
bool place_descriptors(int input, int output) {
  const int in = fcntl(input, F_DUPFD, kLowest);
  const int out = fcntl(output, F_DUPFD, kLowest);
  if (in < 0 || out < 0 || dup2(in, kInput) < 0 || dup2(out, kSandboxOutput) < 0) return false;
  if (!kSanitized) close(STDERR_FILENO);
  close_descriptors_from(kLowest);
  return true;
}

bool map_input(std::string_view& input) {
  struct stat info {};
  if (fstat(kInput, &info) != 0) return false;
  if (info.st_size > 0) {
    const auto size = static_cast<std::size_t>(info.st_size);
    void* const data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, kInput, 0);
    if (data == MAP_FAILED) return false;
    input = {static_cast<const char*>(data), size};
  }
  close(kInput);
  return true;
}

// With no user namespace root stays root to the host's files, were the filter to fail: be nobody. A container may have
// no nobody.
bool drop_user(bool user_namespace) {
  if (user_namespace || geteuid() != 0) return true;
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0;
}

bool drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  return syscall(SYS_capset, &header, none.data()) == 0;
}

int restrict_by_landlock() {
  const long abi = syscall(kLandlockCreate, nullptr, 0, kLandlockVersion);
  if (abi < 1) return 0;
  LandlockRuleset ruleset;
  ruleset.files = (1ULL << 13) - 1;
  if (abi >= 2) ruleset.files |= 1ULL << 13;  // moving between folders
  if (abi >= 3) ruleset.files |= 1ULL << 14;  // truncating
  if (abi >= 5) ruleset.files |= 1ULL << 15;  // ioctl of devices
  std::size_t size = sizeof ruleset.files;
  if (abi >= 4) {
    ruleset.network = 3;
    size += sizeof ruleset.network;
  }
  if (abi >= 6) {
    ruleset.scoped = 3;
    size += sizeof ruleset.scoped;
  }
  const long rules = syscall(kLandlockCreate, &ruleset, size, 0);
  if (rules < 0) return 0;
  const bool holds = syscall(kLandlockRestrict, rules, 0) == 0;
  close(static_cast<int>(rules));
  return holds ? static_cast<int>(abi) : 0;
}

bool limit(int resource, std::uint64_t most) {
  const rlimit value{most, most};
  return setrlimit(static_cast<__rlimit_resource_t>(resource), &value) == 0;
}

bool limit_resources(const SandboxLimits& limits) {
  const std::uint64_t seconds = limits.time_ms_max / 1000 + 2;  // the parent's clock comes first
  return limit(RLIMIT_CPU, seconds) && limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) &&
         limit(RLIMIT_NPROC, 0) && limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_MSGQUEUE, 0);
}

bool install_filter(const std::string& filter) {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.size() / sizeof(sock_filter));
  program.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(filter.data()));
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace

void close_descriptors_from(int lowest) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, static_cast<unsigned>(lowest), ~0U, 0U) == 0) return;
#endif
  for (int i = lowest; i < kDescriptorsSearched; ++i) close(i);
}

std::uint64_t resident_bytes(int process) {
  std::uint64_t mapped = 0, resident = 0;
  return read_memory(fmt::format("/proc/{}/statm", process), mapped, resident) ? resident : 0;
}

Sandbox Sandbox::prepare() {
  Sandbox sandbox(compile_sandbox_filter());
  sandbox.enter_namespaces();
  return sandbox;
}

Sandbox::Sandbox(Sandbox&& other) noexcept
    : report_(std::move(other.report_)),
      filter_(std::move(other.filter_)),
      empty_root_(std::exchange(other.empty_root_, -1)) {}

Sandbox::~Sandbox() {
  if (empty_root_ >= 0) close(empty_root_);
}

// Each by itself: a host that forbids one may allow the next.
void Sandbox::enter_namespaces() {
  const unsigned user = geteuid(), group = getegid();
  const auto enter = [&](int flag, const char* what) {
    if (unshare(flag) == 0) return true;
    report_.missing.push_back(fmt::format("no {}: {}.", what, reason(errno)));
    return false;
  };
  report_.user_namespace = enter(CLONE_NEWUSER, "user namespace");
  if (report_.user_namespace) {
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", fmt::format("{} {} 1", user, user));
    write_text("/proc/self/gid_map", fmt::format("{} {} 1", group, group));
  }
  report_.network_namespace = enter(CLONE_NEWNET, "network namespace");
  report_.ipc_namespace = enter(CLONE_NEWIPC, "IPC namespace");
  if (enter(CLONE_NEWNS, "mount namespace")) make_empty_root();
  report_.process_namespace = true;  // until fork() finds out otherwise
}

// A read-only memory file system that is mounted nowhere: only its descriptor names it.
void Sandbox::make_empty_root() {
  const auto missing = [&](const char* what) {
    report_.missing.push_back(fmt::format("no empty root folder: {}: {}.", what, reason(errno)));
  };
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return missing("the mounts are shared");
  for (const char* place : {"/tmp", "/proc", "/dev"}) {
    if (mount("none", place, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=0") != 0) continue;
    empty_root_ = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int number = errno;
    umount2(place, MNT_DETACH);
    errno = number;
    if (empty_root_ >= 0) return;
  }
  missing("no memory file system can be mounted");
}

int Sandbox::fork() {
  if (!read_memory("/proc/self/statm", mapped_bytes_, resident_bytes_)) mapped_bytes_ = resident_bytes_ = 0;
  if (report_.process_namespace) {
    const int child = fork_into_namespace();
    if (child >= 0) return child;
    if (child != -EPERM && child != -EINVAL && child != -ENOSPC && child != -ENOSYS) return child;
    report_.missing.push_back(fmt::format("no process namespace: {}.", reason(-child)));
    report_.process_namespace = false;
  }
  const pid_t child = ::fork();
  return child < 0 ? -errno : child;
}

Result<Sandbox::Entered> Sandbox::enter(const SandboxLimits& limits, int input, int output) {
  Entered entered;
  SandboxReport& report = entered.report;
  report = report_;
  if (!filter_) return filter_.error();
  reset_signals();
  if (empty_root_ >= 0) {
    report.empty_root = fchdir(empty_root_) == 0 && chroot(".") == 0;
    if (!report.empty_root) report.missing.push_back("no empty root folder: " + reason(errno) + ".");
  }
  if (!place_descriptors(input, output)) return floor_error("placing the descriptors");
  if (!map_input(entered.input)) return floor_error("mapping the input");
  if (!drop_user(report.user_namespace)) report.missing.push_back("still root: " + reason(errno) + ".");
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return floor_error("dying with the parent");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return floor_error("hiding the memory");
  set_alarm(limits.time_ms_max);
  if (!drop_capabilities()) return floor_error("giving up capabilities");
  report.no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (!report.no_new_privileges) return floor_error("no new privileges");
  report.landlock_abi = restrict_by_landlock();
  if (report.landlock_abi == 0) report.missing.push_back("no Landlock: the kernel does not have it or keeps it off.");
  report.resource_limits = limit_resources(limits);
  if (!report.resource_limits) return floor_error("limiting resources");
  // What is mapped but not resident (libraries) does not count: the bound is on what the child makes resident. Without
  // /proc both are 0, and everything counts.
  if (!kSanitized) {
    const std::uint64_t room = limits.memory_bytes_max - std::min(limits.memory_bytes_max, resident_bytes_);
    report.address_space_limit = limit(RLIMIT_AS, mapped_bytes_ + room);
    if (!report.address_space_limit) return floor_error("limiting memory");
  }
  report.seccomp = install_filter(*filter_);
  if (!report.seccomp) return floor_error("the system call filter");
  return entered;
}

}  // namespace naru
