// Any bytes as docx: read or refused, every block at its place.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::fuzz_parser("docx", "docx", std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
