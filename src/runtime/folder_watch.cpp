#include "runtime/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/files.h"

namespace naru {

namespace {

// Close-after-write rather than modify: a file being written is looked at once, when its writer is done.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE | IN_MOVE_SELF |
                                  IN_ATTRIB | IN_ONLYDIR;

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::open() {
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events < 0) return errno_error("watching folders", errno);
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    const int number = errno;
    ::close(events);
    return errno_error("watching folders", number);
  }
  return std::unique_ptr<FolderWatch>(new FolderWatch(events, wake));
}

FolderWatch::~FolderWatch() {
  ::close(events_);
  ::close(wake_);
}

Status FolderWatch::add(const std::string& folder) {
  if (::inotify_add_watch(events_, folder.c_str(), kEvents) >= 0) return {};
  if (errno == ENOSPC) return Error(Code::limit_exceeded, "no folder watches left (fs.inotify.max_user_watches)");
  return errno_error("watching " + folder, errno);
}

// The kernel sees only what this machine does; magic numbers as statfs(2) and linux/magic.h have them.
bool FolderWatch::hears(const std::string& folder) {
  constexpr std::array<std::uint32_t, 11> kElsewhere = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB 2 and 3
      0x65735546,  // FUSE: sshfs, s3fs, rclone, …
      0x01021997,  // 9p: folders of a virtual machine's host
      0x786F4256,  // VirtualBox shared folders
      0x00C36400,  // Ceph
      0x5346414F,  // OpenAFS
      0x73757245,  // Coda
      0x0BD00BD0,  // Lustre
  };
  struct statfs file_system {};
  if (statfs(folder.c_str(), &file_system) != 0) return true;
  const auto type = static_cast<std::uint32_t>(file_system.f_type);
  return std::find(kElsewhere.begin(), kElsewhere.end(), type) == kElsewhere.end();
}

Result<bool> FolderWatch::wait(std::int64_t milliseconds, std::stop_token stop) {
  const std::stop_callback wake_up(stop, [this] {
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) < 0) return;  // a full counter wakes as well
  });
  std::array<pollfd, 2> waiting = {pollfd{events_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  const int limit = static_cast<int>(std::min<std::int64_t>(milliseconds, 1'000'000'000));
  const int ready = ::poll(waiting.data(), waiting.size(), limit);
  if (ready < 0 && errno != EINTR) return errno_error("waiting for changes", errno);
  if (stop.stop_requested() || ready <= 0 || (waiting[0].revents & POLLIN) == 0) return false;
  std::array<char, 64 * 1024> events{};  // what happened is not looked at: a lost event must not matter
  while (::read(events_, events.data(), events.size()) > 0) {
  }
  return true;
}

}  // namespace naru
