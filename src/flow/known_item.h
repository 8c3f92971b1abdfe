// KnownItem as bytes and back, for lists in temporary files and for what targets keep of their items.
//
// Pure functions; any thread. Written to disk: docs/format/kept-file.md has the order of the fields.
#pragma once

#include "naru/target.h"
#include "record/codec.h"

namespace naru {

void write_known(ByteWriter& writer, const KnownItem& known);
// corrupt: nothing that write_known() wrote.
Result<KnownItem> read_known(ByteReader& reader);
// A hash of so many bytes, as writer.text() wrote it. corrupt: another length.
Result<std::string_view> bytes_of(ByteReader& reader, std::size_t size);

}  // namespace naru
