// How far the lexical leg is believed in a hybrid search: what it knows of the question, and whether the question's
// words can be expected where it looks. docs/decisions/0008-fusion-weights.md and 0031-words-across-scripts.md.
#pragma once

#include <vector>

#include "retrieve/found.h"

namespace naru {

// 0..1: the share of the question's weight (idf) in words that stand anywhere, times the share of it that the best hit
// has, times the fourth power of how much of the question is written as the passages nearest in meaning are. All of it
// where the words were named by signs.
Result<double> lexical_match(const Query& query, const std::vector<Candidate>& candidates);

}  // namespace naru
