// Citation: which span of which chunk of which document a sentence of an answer rests on.
//
// Plain values and pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/json.h"
#include "generate/passage.h"
#include "generate/support.h"
#include "store/store.h"

namespace naru {

struct Citation {
  std::uint32_t marker = 0;  // [1], [2] ... one number a chunk
  std::string knowledge_base, flow, doc;
  std::uint32_t chunk = 0;  // place in its document
  Id128 chunk_id;
  Sha256 version;                              // of the source bytes
  std::string quote;                           // occurs in the cited chunk, white space folded
  std::size_t quote_start = 0, quote_end = 0;  // bytes of the quote in the chunk's text
  Locator locator;                             // of the quote where it can be told, else of the chunk
  std::size_t start = 0, end = 0;              // code points of the supported sentence in the answer
  double support = 0;                          // 0..1
  std::size_t also_in = 0;                     // other documents with an equal chunk
};

// All but marker, start and end.
Citation cite(const Passage& passage, const Support& support);

// Narrows the locator from the chunk to the quote: bytes of the blocks it stands in (exact where a block is plain
// text), on one page the boxes of its lines. Left as it is where the document does not tell.
void locate_quote(const DocumentView& document, Citation& citation);

Json locator_to_json(const Locator& locator, const std::string& uri);  // as record/json.h, with its "uri"
Json citation_to_json(const Citation& citation);

}  // namespace naru
