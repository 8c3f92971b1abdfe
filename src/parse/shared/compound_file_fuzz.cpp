// Any bytes as an OLE compound file: every stream is read, none is larger than the file.
#include <cstdint>
#include <cstdlib>

#include "parse/shared/compound_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const naru::Result<naru::CompoundFile> file = naru::CompoundFile::open(bytes);
  if (!file) return 0;
  for (const naru::CompoundFile::Entry& entry : file->entries()) {
    const naru::CompoundFile::Stream stream = file->read(entry);
    if (stream.bytes.size() > size || (stream.complete && stream.bytes.size() != entry.size_bytes)) std::abort();
  }
  return 0;
}
