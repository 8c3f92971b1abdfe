// A search as the JSON that `naru search --json` and the server give: product.md names the keys. Pure functions.
#pragma once

#include <vector>

#include "base/json.h"
#include "retrieve/retriever.h"

namespace naru {

Json search_result_to_json(const SearchRequest& request, const SearchResult& result);
Json document_explanation_to_json(const DocumentExplanation& explained);
Json terms_to_json(const std::vector<TermShare>& terms);

}  // namespace naru
