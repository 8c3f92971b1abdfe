#include "runtime/folder_handle.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/failpoint.h"
#include "runtime/file_descriptor.h"
#include "runtime/files.h"

namespace naru {

namespace {

// A file that somebody appends to all the time is not waited for: three looks, then it is the next run's.
constexpr int kReadTriesMax = 3;

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size), status.st_ino, status.st_dev, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

FolderEntry::Kind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FolderEntry::Kind::file;
  if (S_ISDIR(mode)) return FolderEntry::Kind::folder;
  if (S_ISLNK(mode)) return FolderEntry::Kind::link;
  return FolderEntry::Kind::other;
}

int link_flag(Links links) { return links == Links::skip ? O_NOFOLLOW : 0; }

// Opens the file below `folder`; each folder on the way is opened by itself, so that no link is crossed unseen.
Result<int> open_below(int folder, std::string_view relative_path, Links links) {
  FileDescriptor at;
  int from = folder;
  for (;;) {
    const std::size_t slash = relative_path.find('/');
    const std::string name(relative_path.substr(0, slash));
    if (name.empty() || name == "." || name == "..") return Error(Code::invalid_argument, "not a path below a folder");
    const bool last = slash == std::string_view::npos;
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | link_flag(links) | (last ? 0 : O_DIRECTORY);
    const int opened = ::openat(from, name.c_str(), flags);
    if (opened < 0) {
      const int number = errno;
      if (number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENXIO)
        return Error(Code::not_found, "the file is no longer there");
      return errno_error("opening", number);
    }
    if (last) return opened;
    at = FileDescriptor(opened);
    from = opened;
    relative_path.remove_prefix(slash + 1);
  }
}

Result<FileStamp> stamp_file(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return errno_error("looking at the file", errno);
  if (!S_ISREG(status.st_mode)) return Error(Code::not_found, "it is no longer a regular file");
  return stamp_of(status);
}

Result<std::string> read_all(int descriptor, std::uint64_t expected, std::uint64_t bytes_max) {
  std::string bytes;
  bytes.resize(expected + 1);  // one more: the read that finds the end needs no second buffer
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) {
      if (filled > bytes_max) return Error(Code::limit_exceeded, "the file grew beyond its limit while it was read");
      bytes.resize(filled + filled / 2 + 4096);
    }
    const ssize_t count = ::pread(descriptor, bytes.data() + filled, bytes.size() - filled,
                                  static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("reading", errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Result<FolderHandle> FolderHandle::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (descriptor < 0) return errno_error("opening the folder " + path, errno);
  return FolderHandle(descriptor);
}

FolderHandle::~FolderHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FolderHandle> FolderHandle::open_folder(const std::string& name, Links links) const {
  NARU_FAILPOINT("folder.open");
  const int descriptor = ::openat(descriptor_, name.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY | link_flag(links));
  if (descriptor < 0) return errno_error("opening the folder", errno);
  return FolderHandle(descriptor);
}

Result<FileStamp> FolderHandle::stamp() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return errno_error("looking at the folder", errno);
  return stamp_of(status);
}

Result<std::vector<FolderEntry>> FolderHandle::entries() const {
  const int copy = ::openat(descriptor_, ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (copy < 0) return errno_error("opening the folder", errno);
  DIR* stream = ::fdopendir(copy);
  if (stream == nullptr) {
    ::close(copy);
    return errno_error("listing the folder", ENOMEM);
  }
  std::vector<FolderEntry> entries;
  int number = 0;
  for (;;) {
    errno = 0;
    const dirent* found = ::readdir(stream);
    if (found == nullptr) {
      number = errno;
      break;
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat status{};
    if (::fstatat(descriptor_, found->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    entries.push_back({std::string(name), kind_of(status.st_mode), stamp_of(status)});
  }
  ::closedir(stream);
  if (number != 0) return errno_error("listing the folder", number);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<FolderEntry> FolderHandle::entry(const std::string& name) const {
  struct stat status{};
  if (::fstatat(descriptor_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) return Error(Code::not_found, "it is not there");
    return errno_error("looking into the folder", errno);
  }
  return FolderEntry{name, kind_of(status.st_mode), stamp_of(status)};
}

Result<FolderEntry> FolderHandle::resolve(const std::string& name) const {
  struct stat status{};
  if (::fstatat(descriptor_, name.c_str(), &status, 0) != 0) return Error(Code::not_found, "the link leads nowhere");
  return FolderEntry{name, kind_of(status.st_mode), stamp_of(status)};
}

Result<StampedBytes> FolderHandle::read(std::string_view relative_path, std::uint64_t bytes_max, Links links) const {
  NARU_FAILPOINT("folder.read");
  for (int tries = 0; tries < kReadTriesMax; ++tries) {
    const FileDescriptor file(NARU_TRY(open_below(descriptor_, relative_path, links)));
    const FileStamp before = NARU_TRY(stamp_file(file.get()));
    if (before.size > bytes_max) {
      return Error(Code::limit_exceeded,
                   fmt::format("the file has {} bytes, more than the limit of {}: split it, or raise max_bytes",
                               before.size, bytes_max));
    }
    std::string bytes = NARU_TRY(read_all(file.get(), before.size, bytes_max));
    const FileStamp after = NARU_TRY(stamp_file(file.get()));
    if (before == after && bytes.size() == after.size) return StampedBytes{std::move(bytes), after};
  }
  return Error(Code::unavailable, "the file kept changing while it was read; the next run tries again");
}

}  // namespace naru
