// A document of the store as the JSON that `naru show --json` and the server give. Pure functions.
#pragma once

#include "base/json.h"
#include "store/store.h"

namespace naru {

// {"kb","flow","doc","version"}: which document, in which version.
Json document_head_to_json(const DocumentView& view);
Json chunk_to_json(const ChunkView& chunk);
// The head, what `naru parse` says of it, and its passages.
Json document_view_to_json(const DocumentView& view);

}  // namespace naru
