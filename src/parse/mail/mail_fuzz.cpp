// Any bytes as a message, and as a file of messages: fields, parts and children end, and each block has its part.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("mail", "eml", bytes);
  naru::fuzz_parser("mbox", "mbox", bytes);
  return 0;
}
