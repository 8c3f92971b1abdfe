// Which hits are shown, and in which order, once they are read: one of equal texts, few of a document, such as differ.
#pragma once

#include <vector>

#include "retrieve/retriever.h"

namespace naru {

// So many candidates are looked for, so that enough are left for the hits that were asked for.
std::size_t depth_to_choose_from(const SearchRequest& request, std::size_t depth);
// Hits may go, so that every candidate is read.
bool is_thinned(const SearchRequest& request);
// So many of the best must be read.
std::size_t read_to_choose_from(const SearchRequest& request);

// Hits are in order, best first, and are cut to those asked for.
void choose_hits(const SearchRequest& request, std::vector<Hit>& hits);

}  // namespace naru
