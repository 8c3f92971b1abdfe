// Any bytes as delimited text: every row stays, every table at its bytes.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("csv", "csv", bytes);
  naru::fuzz_parser("csv", "tsv", bytes);
  return 0;
}
