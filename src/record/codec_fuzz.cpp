// Any bytes: decode or refuse; what was decoded encodes and decodes to the same.
#include <cstdlib>

#include "record/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const naru::Result<naru::Document> document = naru::decode_document(bytes);
  if (document) {
    const std::string again = naru::encode_document(*document);
    const naru::Result<naru::Document> back = naru::decode_document(again);
    if (!back || naru::encode_document(*back) != again) std::abort();
  }
  return 0;
}
