// What this process has used of the machine: for benchmarks, which print CPU time beside wall time. Any thread.
#pragma once

#include <cstdint>

namespace naru {

std::int64_t process_cpu_ns();  // of all threads, ended ones too; not of child processes
std::uint64_t resident_bytes();  // mapped files that were read count; 0: unknown

}  // namespace naru
