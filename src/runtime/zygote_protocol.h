// What a zygote and its parent say to each other over their sockets: fixed structures of the same program, so that no
// byte of them comes from a child.
#pragma once

#include <cstdint>

#include "runtime/zygote.h"

namespace naru {

inline constexpr std::uint32_t kZygoteMagic = 0x4e5a5931;  // "NZY1": bump with the structures

// Before the request's own bytes. Three descriptors go with it: input, output, status.
struct ZygoteRequest {
  std::uint32_t magic = kZygoteMagic;
  std::uint32_t request_bytes = 0;
  SandboxLimits limits;
};
inline constexpr int kZygoteDescriptors = 3;

// On a child's status socket, once.
struct ZygoteAnswer {
  std::int32_t error = 0;  // not 0: there is no child, and why
  ChildEnd end;
};

}  // namespace naru
