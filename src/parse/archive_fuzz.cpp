// Any bytes as an archive or a compressed file: members are read or named, and it ends.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("zip", "zip", bytes);
  naru::fuzz_parser("tar", "tar", bytes);
  naru::fuzz_parser("compressed", "gz", bytes);
  return 0;
}
