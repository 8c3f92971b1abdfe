// Any bytes as JSON and as a program: read or kept as text, every record at its bytes.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("json", "json", bytes);
  naru::fuzz_parser("source_code", "py", bytes);
  return 0;
}
