#include "runtime/random_access_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/files.h"

namespace naru {

Result<RandomAccessFile> RandomAccessFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    if (errno == ENOENT) return Error(Code::not_found, "there is no file " + path);
    return errno_error("opening " + path, errno);
  }
  RandomAccessFile file(descriptor);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return errno_error("looking at " + path, errno);
  if (!S_ISREG(status.st_mode)) return Error(Code::invalid_argument, path + " is not a regular file");
  return file;
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileStamp> RandomAccessFile::stamp() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return errno_error("looking at the file", errno);
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return FileStamp{static_cast<std::uint64_t>(status.st_size), status.st_ino, status.st_dev,
                   nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Result<std::size_t> RandomAccessFile::fill(std::uint64_t offset, std::span<char> to) const {
  std::size_t filled = 0;
  while (filled < to.size()) {
    const ssize_t count =
        ::pread(descriptor_, to.data() + filled, to.size() - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("reading", errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<std::string> RandomAccessFile::read_at(std::uint64_t offset, std::size_t bytes_max) const {
  std::string bytes(bytes_max, '\0');
  bytes.resize(NARU_TRY(fill(offset, bytes)));
  return bytes;
}

Status RandomAccessFile::read(std::uint64_t offset, std::span<char> to) const {
  if (NARU_TRY(fill(offset, to)) < to.size()) return Error(Code::corrupt, "a file is shorter than it was");
  return {};
}

}  // namespace naru
