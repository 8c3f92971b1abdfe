#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "runtime/failpoint.h"
#include "runtime/file_descriptor.h"
#include "runtime/files.h"
#include "runtime/folder_handle.h"
#include "runtime/random.h"

namespace naru {

namespace {

constexpr mode_t kFolderMode = 0777, kFileMode = 0666;  // less what the umask takes
constexpr int kFolderFlags = O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW;

// Two uploads of one name at once write beside each other.
constexpr std::size_t kTemporaryNameBytes = 8;

Error in_the_way(const std::string& name, const char* what) {
  return {Code::already_exists, fmt::format("{} {}", name, what)};
}

// A folder in `parent`, made where it is not there.
Result<FileDescriptor> enter(int parent, const std::string& name) {
  const bool made = ::mkdirat(parent, name.c_str(), kFolderMode) == 0;
  if (!made && errno != EEXIST) return errno_error("making a folder", errno);
  FileDescriptor folder(::openat(parent, name.c_str(), kFolderFlags));
  if (folder.valid()) return folder;
  if (errno == ENOTDIR || errno == ELOOP) return in_the_way(name, "is there, and is no folder");
  return errno_error("opening a folder", errno);
}

Status fill(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno_error("writing", errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(file) != 0) return errno_error("writing", errno);
  return {};
}

// To its name, unless something that may not be replaced has it.
Status settle(int folder, const std::string& temporary, const std::string& name, IfThere if_there) {
  if (if_there == IfThere::refuse) {
    if (::renameat2(folder, temporary.c_str(), folder, name.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EEXIST) return in_the_way(name, "is there already");
    if (errno != EINVAL && errno != ENOSYS) return errno_error("naming the file", errno);
    // A file system that cannot: a link is refused in the same way.
    if (::linkat(folder, temporary.c_str(), folder, name.c_str(), 0) != 0) {
      return errno == EEXIST ? in_the_way(name, "is there already") : errno_error("naming the file", errno);
    }
    return ::unlinkat(folder, temporary.c_str(), 0) == 0 ? Status() : errno_error("naming the file", errno);
  }
  struct stat status{};
  const bool there = ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && !S_ISREG(status.st_mode)) return in_the_way(name, "is there, and is no file");
  if (::renameat(folder, temporary.c_str(), folder, name.c_str()) != 0) return errno_error("naming the file", errno);
  return {};
}

Status put(int folder, const std::string& name, std::string_view bytes, IfThere if_there) {
  const std::string temporary = ".naru-" + random_hex(kTemporaryNameBytes);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const FileDescriptor file(::openat(folder, temporary.c_str(), flags, kFileMode));
  if (!file.valid()) return errno_error("making the file", errno);
  Status done = fill(file.get(), bytes);
  if (done) done = settle(folder, temporary, name, if_there);
  if (!done) {
    static_cast<void>(::unlinkat(folder, temporary.c_str(), 0));
    return done;
  }
  if (::fsync(folder) != 0) return errno_error("writing the folder", errno);
  return {};
}

}  // namespace

Status FolderHandle::write(std::string_view relative_path, std::string_view bytes, IfThere if_there) const {
  NARU_FAILPOINT("folder.write");
  FileDescriptor at;
  for (;;) {
    const std::size_t slash = relative_path.find('/');
    const std::string name(relative_path.substr(0, slash));
    if (name.empty() || name == "." || name == "..") return Error(Code::invalid_argument, "not a path below a folder");
    const int folder = at.valid() ? at.get() : descriptor_;
    if (slash == std::string_view::npos) return put(folder, name, bytes, if_there);
    at = NARU_TRY(enter(folder, name));
    relative_path.remove_prefix(slash + 1);
  }
}

}  // namespace naru
