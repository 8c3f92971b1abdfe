#include "store/disk_state.h"

#include <fmt/format.h>

#include "runtime/clock.h"
#include "runtime/files.h"

namespace naru {

const char* name_of(Writable writable) {
  switch (writable) {
    case Writable::yes:
      return "yes";
    case Writable::full:
      return "full";
    case Writable::refused:
      return "refused";
    case Writable::stopped:
      return "stopped";
  }
  return "";
}

void leave_word_of_stop(const StorePaths& paths) {
  if (file_exists(paths.stopped)) return;
  const std::string when = fmt::format("{}\n", system_clock().unix_ms());
  (void)write_file(paths.stopped, when).has_value();  // it is the disk that failed: word may not get through
}

Result<DiskState> read_disk_state(const StorePaths& paths) {
  DiskState state;
  state.free_bytes = NARU_TRY(free_bytes(paths.root));
  if (file_exists(paths.stopped)) {
    state.writable = Writable::stopped;
    state.advice = "the disk failed to keep what was written last; what was committed is safe. Look at the disk (its "
                   "log, its free space), end a `naru run` that still goes on, and run again";
  } else if (!may_write_in(paths.root)) {
    state.writable = Writable::refused;
    state.advice = fmt::format("this user may not write in {}, or its file system is read-only", paths.root);
  } else if (state.free_bytes < kRoomBytesMin) {
    state.writable = Writable::full;
    state.advice = "the disk is full: what is there can be read and asked, and nothing is lost; free some space and "
                   "run again";
  }
  return state;
}

}  // namespace naru
