// The sandbox of a child that reads foreign bytes: what it may still ask of the system, which is next to nothing.
//
// The floor, without which a child refuses to work: seccomp (a short list of calls about memory, time and the output
// pipe; no open, socket, exec, fork), resource limits, no new privileges, not dumpable, killed with its parent, every
// other descriptor closed. Added where the host allows, found out by the call itself: user, network, IPC, mount and
// process namespaces, an empty root folder, Landlock without a rule.
//
// Order: a process of one thread calls prepare() once, then fork() for each child; the child calls enter() once, before
// it looks at a foreign byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// Built with a sanitizer, whose shadow takes terabytes of address space and who speaks on stderr.
#if defined(NARU_SANITIZER_address) || defined(NARU_SANITIZER_thread)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

struct SandboxLimits {
  std::uint64_t memory_bytes_max = 512ULL << 20;
  std::uint64_t time_ms_max = 9'000;  // wall time; the bound of processor time follows from it
};

// What holds, as the child itself found it. For `naru doctor`.
struct SandboxReport {
  bool seccomp = false;
  bool resource_limits = false;
  bool no_new_privileges = false;
  bool address_space_limit = false;  // false in sanitizer builds: there the memory watchdog stands alone
  bool user_namespace = false;
  bool network_namespace = false;
  bool ipc_namespace = false;
  bool process_namespace = false;
  bool empty_root = false;           // a mount namespace whose root is an empty folder
  int landlock_abi = 0;              // 0: the kernel has none
  std::vector<std::string> missing;  // one sentence for each part that this host does not allow

  // What must hold for a child to work at all.
  bool floor() const { return seccomp && resource_limits && no_new_privileges; }
};

class Sandbox {
 public:
  // Compiles the filter and enters the namespaces that children share. What fails here is enter()'s error.
  static Sandbox prepare();
  Sandbox(Sandbox&& other) noexcept;
  Sandbox& operator=(Sandbox&&) = delete;
  ~Sandbox();

  // As fork(): 0 in the child, which is process 1 of a namespace of its own where that is allowed; below 0, the
  // negative error number.
  int fork();

  // In the child, once. Afterwards `input` (a file; closed) is mapped read-only, and nothing is open but descriptor 1,
  // which is `output`. unavailable: a part of the floor does not hold; the child must end.
  struct Entered {
    SandboxReport report;
    std::string_view input;  // lives as long as the process
  };
  Result<Entered> enter(const SandboxLimits& limits, int input, int output);

 private:
  explicit Sandbox(Result<std::string> filter) : filter_(std::move(filter)) {}
  void enter_namespaces();
  void make_empty_root();

  SandboxReport report_;        // what prepare() and fork() know so far
  Result<std::string> filter_;  // the compiled seccomp program
  int empty_root_ = -1;
  std::uint64_t mapped_bytes_ = 0, resident_bytes_ = 0;  // of the process before the latest fork
};

// Closes every descriptor of this process from `lowest` on.
void close_descriptors_from(int lowest);

// Resident bytes of a process that we may see; 0 where it is gone.
std::uint64_t resident_bytes(int process);

}  // namespace naru
