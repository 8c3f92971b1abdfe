// Whether a store can be written to, as anyone who looks at its folder can know it: also from another process.
#pragma once

#include <cstdint>
#include <string>

#include "naru/result.h"
#include "store/truth.h"

namespace naru {

enum class Writable : std::uint8_t {
  yes,
  full,     // the disk: what is there is read, and the next run goes through where there is room again
  refused,  // this user may not write there, or the file system is read-only
  stopped,  // a sync failed: the process that wrote acknowledges nothing more
};
const char* name_of(Writable writable);  // "yes", "full", ...

struct DiskState {
  Writable writable = Writable::yes;
  std::uint64_t free_bytes = 0;
  std::string advice;  // what to do about it; empty where nothing is to be done
};

// Below this a disk counts as full: a commit of 4 MiB of text, its log, vectors and segment, and what the next needs.
inline constexpr std::uint64_t kRoomBytesMin = 16 << 20;

Result<DiskState> read_disk_state(const StorePaths& paths);

// Leaves word of a failed sync for other processes, as well as the disk still takes it. may_write() calls it; the next
// writer takes it away.
void leave_word_of_stop(const StorePaths& paths);

}  // namespace naru
