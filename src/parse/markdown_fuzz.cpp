// Any bytes as Markdown and MDX: read or refused, every block at its place.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("markdown", "md", bytes);
  naru::fuzz_parser("markdown", "mdx", bytes);
  return 0;
}
