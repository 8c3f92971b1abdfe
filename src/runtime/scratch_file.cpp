#include "runtime/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "runtime/files.h"

namespace naru {

Result<ScratchFile> ScratchFile::make() {
  const char* base = std::getenv("TMPDIR");
  std::string name = join_path(base != nullptr && *base != '\0' ? base : "/tmp", "naru-XXXXXX");
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC | O_APPEND);
  if (descriptor < 0) return errno_error("making a temporary file " + name, errno);
  ::unlink(name.c_str());
  return ScratchFile(descriptor);
}

ScratchFile::~ScratchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status ScratchFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("writing a temporary file (TMPDIR)", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status ScratchFile::read(std::uint64_t offset, std::span<char> to) const {
  while (!to.empty()) {
    const ssize_t count = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("reading a temporary file", errno);
    if (count == 0) return Error(Code::io, "a temporary file is shorter than it was");
    offset += static_cast<std::uint64_t>(count);
    to = to.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace naru
