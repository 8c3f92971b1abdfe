#include "runtime/host.h"

#include <unistd.h>

#include <array>

#include "runtime/files.h"

namespace naru {

std::string host_name() {
  std::array<char, 256> name{};  // POSIX: 255 bytes at most
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string machine_id() {
  Result<std::string> id = read_file("/etc/machine-id");
  return id ? *std::move(id) : "";
}

int process_number() { return ::getpid(); }

}  // namespace naru
