// The seccomp filter of the sandbox: which system calls a child may make. Pure: compiles a program, installs nothing.
#pragma once

#include <string>

#include "naru/result.h"

namespace naru {

// The one descriptor that a child may write to.
inline constexpr int kSandboxOutput = 1;

// A BPF program, an array of sock_filter. unavailable: libseccomp refuses.
Result<std::string> compile_sandbox_filter();

}  // namespace naru
