// A document of the store as the JSON that `naru show --json` and the server give. Pure functions.
#pragma once

#include "base/json.h"
#include "store/store.h"

namespace naru {

// {"kb","flow","doc","version"}: which document, in which version.
Json document_head_to_json(const DocumentView& view);
Json chunk_to_json(const ChunkView& chunk);
// A row of a list: {"kb","flow","doc","title","format","language","warnings","children"}, the last two as numbers, null
// without the document.
Json listed_document_to_json(const ListedDocument& listed, const Document* document);
// The head, what `naru parse` says of it, and its passages.
Json document_view_to_json(const DocumentView& view);

}  // namespace naru
