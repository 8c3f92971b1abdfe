// What the truth's blobs may turn into when they are damaged: any bytes decode to a value or to an error, and a value
// that was decoded is written as it was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/bitmap.h"
#include "store/truth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)naru::decode_content(bytes).has_value();
  (void)naru::decode_run(bytes).has_value();
  if (const auto label = naru::decode_label(bytes)) {
    const auto again = naru::decode_label(naru::encode_label(*label));
    if (!again || *again != *label) std::abort();
  }
  if (const auto rows = naru::decode_rows(bytes)) {
    const auto again = naru::decode_rows(naru::encode_rows(*rows));
    if (!again || *again != *rows) std::abort();
  }
  const naru::Bitmap bitmap = naru::Bitmap::from_bytes(bytes, size * 8 / 3);
  if (bitmap.count() > bitmap.size()) std::abort();
  return 0;
}
