// Documents as the JSON that `naru parse` prints and the contract names. Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "naru/record.h"

namespace naru {

// {"uri","format","title","language","metadata","blocks","warnings"} and, where there are any, "children" of the same
// shape with a "name". Metadata that stands twice becomes a list.
Json document_to_json(const Document& document);
Json block_to_json(const Block& block);
// {"page","page_size","boxes","start","end"}: only what the format has.
Json locator_to_json(const Locator& locator);

}  // namespace naru
