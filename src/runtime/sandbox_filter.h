// The seccomp filter of the sandbox: which system calls a child may make. Pure: compiles a program, installs nothing.
#pragma once

#include <string>

#include "naru/result.h"

namespace naru {

// The one descriptor that a child may write to.
inline constexpr int kSandboxOutput = 1;

// Built with a sanitizer, whose shadow takes terabytes of address space and who speaks on stderr.
#if defined(NARU_SANITIZER_address) || defined(NARU_SANITIZER_thread)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// A BPF program, an array of sock_filter. unavailable: libseccomp refuses.
Result<std::string> compile_sandbox_filter();

}  // namespace naru
