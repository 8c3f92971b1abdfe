// Shingles: the rows of words of a text that near duplicates share; how alike two texts are is the share of shingles
// that both have (Jaccard; A. Broder, On the resemblance and containment of documents, 1997).
//
// A word is letters, digits and `_`, in lower case; five of them in a row are a shingle, as in the sets of RefinedWeb
// and FineWeb (arXiv:2306.01116, G.2; arXiv:2406.17557, 3.4). Of Hangul, Chinese and Japanese, where blanks stand
// anywhere or nowhere, each character counts as half a word: ten syllables are a shingle, and "연차 휴가" is
// "연차휴가". Nothing else of a text counts: no signs, no white space, no case. A shingle is kept as a hash of 32 bits:
// of two texts of 4,096 shingles that have none in common, one pair in 256 seems to share one. Pure; any thread; equal
// on every machine, because it is stored.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace naru {

// Sorted, none twice. A text of fewer words is one shingle, one without words has none. Text in any form is composed.
using Shingles = std::vector<std::uint32_t>;
Shingles shingles_of(std::string_view text);

// Shared ones over all ones, of sorted ones; 0 where either is empty.
double jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

}  // namespace naru
