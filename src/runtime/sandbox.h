// The sandbox of a child that reads foreign bytes: what it may still ask of the system, which is next to nothing.
//
// The floor, without which a child refuses to work: seccomp (a short list of calls about memory, time and the two open
// descriptors; no open, socket, exec, fork), resource limits, no new privileges, not dumpable, killed with its parent,
// every other descriptor closed. Added where the host allows, found out by the call itself: user, network, IPC, mount
// and process namespaces, an empty root folder, Landlock without a rule.
//
// Order: one process calls Sandbox::prepare once, forks by Sandbox::fork, and each child calls enter() first thing and
// once. Single-threaded processes only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "naru/result.h"

namespace naru {

struct SandboxLimits {
  std::uint64_t memory_bytes_max = 512ULL << 20;
  std::uint64_t time_ms_max = 9'000;  // wall time; also the bound of processor time
};

// What holds, as the child itself found it. For `naru doctor`.
struct SandboxReport {
  bool seccomp = false;
  bool resource_limits = false;
  bool no_new_privileges = false;
  bool address_space_limit = false;  // false in sanitizer builds: the memory watchdog alone
  bool user_namespace = false;
  bool network_namespace = false;
  bool mount_namespace = false;  // with an empty root folder
  bool process_namespace = false;
  int landlock_abi = 0;  // 0: the kernel has none
  std::vector<std::string> missing;  // one sentence for each part that the host does not allow

  // What must hold for a child to work at all.
  bool floor() const { return seccomp && resource_limits && no_new_privileges; }
};

}  // namespace naru
