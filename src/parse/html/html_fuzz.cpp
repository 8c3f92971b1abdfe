// Any bytes as a page, whole and as main text: read or refused, every block at its place.
#include <cstdint>

#include "parse/shared/fuzz_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  naru::fuzz_parser("html", "html", bytes);
  naru::fuzz_parser("html", "html", bytes, naru::WebText::main_text);
  return 0;
}
