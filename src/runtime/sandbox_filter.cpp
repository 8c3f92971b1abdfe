#include "runtime/sandbox_filter.h"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "runtime/files.h"
#include "runtime/sandbox.h"

namespace naru {

namespace {

// What glibc, libstdc++, ICU, PDFium, gumbo and cmark ask for once they are warm: memory, time, locks, the end.
// Anything else is refused with EPERM, which those libraries survive.
constexpr std::array kAllowed = {
    "brk",           "munmap",          "mremap",       "madvise",      "futex",       "futex_time64",
    "clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time",        "getrandom",
    "rt_sigreturn",  "rt_sigprocmask",  "sigaltstack",  "sched_yield",  "getpid",      "gettid",
    "close",         "exit",            "exit_group",   "restart_syscall",
};

// What only an intruder asks for: the child ends at once.
constexpr std::array kDeadly = {
    "execve",         "execveat",       "ptrace",            "process_vm_readv",
    "pidfd_getfd",    "io_uring_setup", "process_vm_writev", "io_uring_register",
    "io_uring_enter", "userfaultfd",    "bpf",               "perf_event_open",
    "init_module",    "finit_module",   "delete_module",     "kexec_load",
    "mount",          "umount2",        "kexec_file_load",   "open_by_handle_at",
    "move_mount",     "open_tree",      "fsopen",            "pivot_root",
    "setns",          "unshare",        "add_key",           "request_key",
    "keyctl",         "kcmp",           "memfd_secret",      "process_madvise",
    "reboot",         "swapon",         "swapoff",           "modify_ldt",
};

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, Release>;

// 0, or the first negative error number.
struct Rules {
  scmp_filter_ctx context;
  int failed = 0;

  // Calls that this kernel's architecture does not have are left out: they cannot be made.
  void add(std::uint32_t action, const char* name) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    keep(seccomp_rule_add_exact(context, action, number, 0));
  }
  void add(const char* name, scmp_arg_cmp argument) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    keep(seccomp_rule_add_exact_array(context, SCMP_ACT_ALLOW, number, 1, &argument));
  }
  void keep(int result) {
    if (failed == 0 && result < 0) failed = result;
  }
};

int fill(scmp_filter_ctx context) {
  Rules rules{context};
  rules.keep(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  rules.keep(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a binary tree: every call passes the filter
  for (const char* name : kAllowed) rules.add(SCMP_ACT_ALLOW, name);
  for (const char* name : kDeadly) rules.add(SCMP_ACT_KILL_PROCESS, name);
  rules.add("write", SCMP_A0_32(SCMP_CMP_EQ, static_cast<scmp_datum_t>(kSandboxOutput)));
  // A sanitizer must be able to say what it found.
  if (kSanitized) rules.add("write", SCMP_A0_32(SCMP_CMP_EQ, STDERR_FILENO));
  // Memory that is never executed.
  for (const char* name : {"mmap", "mmap2", "mprotect"}) {
    rules.add(name, SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
  return rules.failed;
}

Result<std::string> read_program(int file) {
  const off_t size = lseek(file, 0, SEEK_END);
  if (size <= 0) return errno_error("reading the sandbox's filter", errno);
  std::string program(static_cast<std::size_t>(size), '\0');
  if (pread(file, program.data(), program.size(), 0) != size) return errno_error("reading the sandbox's filter", errno);
  return program;
}

}  // namespace

Result<std::string> compile_sandbox_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return Error(Code::unavailable, "libseccomp cannot make a filter for this machine");
  const int failed = fill(filter.get());
  if (failed < 0) return errno_error("building the sandbox's filter", -failed);
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (file < 0) return errno_error("making memory for the sandbox's filter", errno);
  const int exported = seccomp_export_bpf(filter.get(), file);
  Result<std::string> program =
      exported < 0 ? Result<std::string>(errno_error("exporting the sandbox's filter", -exported)) : read_program(file);
  close(file);
  return program;
}

}  // namespace naru
