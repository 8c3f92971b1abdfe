// What the engine, the chunk step and the store agree on: names of chunks made from content alone.
//
// Pure functions; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "naru/id.h"
#include "naru/record.h"

namespace naru {

// H128(doc_id, heading path, text, k-th occurrence) for every chunk, in document order: no ordinal and no offset, so
// that an edit elsewhere in the document leaves a chunk its id. The doc_id is make_doc_id(flow, item key).
void assign_chunk_ids(const Id128& doc_id, std::vector<Chunk>& chunks);

// The key under which the vector of a text is kept: nothing but the text, so that equal texts are embedded once.
inline Id128 vector_key(std::string_view text) { return hash128(text); }

}  // namespace naru
