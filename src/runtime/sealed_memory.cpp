#include "runtime/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#include "runtime/files.h"

namespace naru {

Result<FileDescriptor> sealed_memory(std::string_view bytes) {
  FileDescriptor file(memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return errno_error("making memory for a document", errno);
  while (!bytes.empty()) {
    const ssize_t wrote = write(file.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return errno_error("copying a document for another process", wrote < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    return errno_error("sealing a document for another process", errno);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return errno_error("winding a document back", errno);
  return file;
}

}  // namespace naru
