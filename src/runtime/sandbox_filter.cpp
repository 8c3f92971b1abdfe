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
// Anything else is refused with EPERM, which those libraries survive. Numbers, since looking sixty names up takes
// longer than building the filter; below 0 are those that this architecture does not have.
constexpr std::array kAllowed = {
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(futex_time64),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(close), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
};

// What only an intruder asks for: the child ends at once.
constexpr std::array kDeadly = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(io_uring_setup), SCMP_SYS(process_vm_writev), SCMP_SYS(io_uring_register), SCMP_SYS(io_uring_enter),
    SCMP_SYS(userfaultfd), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(kexec_file_load),
    SCMP_SYS(open_by_handle_at), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(pivot_root),
    SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(kcmp),
    SCMP_SYS(memfd_secret), SCMP_SYS(process_madvise), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
    SCMP_SYS(modify_ldt),
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
  void add(std::uint32_t action, int number) {
    if (number < 0) return;
    keep(seccomp_rule_add_exact(context, action, number, 0));
  }
  void add(int number, scmp_arg_cmp argument) {
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
  for (const int number : kAllowed) rules.add(SCMP_ACT_ALLOW, number);
  for (const int number : kDeadly) rules.add(SCMP_ACT_KILL_PROCESS, number);
  rules.add(SCMP_SYS(write), SCMP_A0_32(SCMP_CMP_EQ, static_cast<scmp_datum_t>(kSandboxOutput)));
  // A sanitizer must be able to say what it found.
  if (kSanitized) rules.add(SCMP_SYS(write), SCMP_A0_32(SCMP_CMP_EQ, STDERR_FILENO));
  // Memory that is never executed.
  for (const int number : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)}) {
    rules.add(number, SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
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
