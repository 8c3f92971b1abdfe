// Any bytes as a GGUF file: read or refused with words; what was read lies inside the bytes.
#include <cstdlib>

#include "model/gguf.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const naru::Result<naru::GgufInfo> info = naru::parse_gguf(file);
  if (!info) {
    if (info.error().message().empty() || !naru::is_valid_utf8(info.error().message())) std::abort();
    return 0;
  }
  for (const naru::GgufTensor& tensor : info->tensors) {
    if (tensor.bytes == 0 || tensor.offset < info->data_offset || tensor.offset + tensor.bytes > size) std::abort();
  }
  const naru::Status model = naru::check_model(*info);
  if (!model && !naru::is_valid_utf8(model.error().message())) std::abort();
  (void)info->quantization();
  (void)info->english_only();
  return 0;
}
