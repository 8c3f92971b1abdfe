// What this process has used of the machine, and how much of it it may: for benchmarks, which print CPU time beside
// wall time, and for the server. Any thread.
#pragma once

#include <cstdint>

namespace naru {

std::int64_t process_cpu_ns();  // of all threads, ended ones too; not of child processes
std::uint64_t resident_bytes();  // mapped files that were read count; 0: unknown

// Lets this process have so many files and sockets open, as far as the system allows; how many it may now.
std::uint64_t allow_descriptors(std::uint64_t count);

}  // namespace naru
