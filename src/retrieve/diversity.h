// Diversity: hits that differ, by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). From the top on,
// each place goes to the passage with the most of
//
//     (1 - diversity) * score - diversity * likeness to the one above that is most like it
//
// Scores are brought to 0..1 over the passages looked at; likeness is the cosine of two passages' sets of terms, which
// needs no vectors and calls alike what reads alike. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace naru {

// So many of the best are put in a new order, whatever was asked for: what is shown of ten hits are the first ten of a
// hundred, and a passage from far below is not lifted for being odd.
inline constexpr std::size_t kDiversityDepth = 50;

// The distinct terms of a text, as hashes in order.
std::vector<std::uint64_t> term_set(std::string_view text);

// 0..1; 0 where one of them is empty.
double likeness(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

struct DiversePlace {
  std::size_t index = 0;  // into what was given
  double likeness = 0;    // to the one above that is most like it
};

// The new order of passages that stand best first; of equals the better one is above. `scores` and `terms` are by
// passage.
std::vector<DiversePlace> diverse_order(std::span<const double> scores,
                                        const std::vector<std::vector<std::uint64_t>>& terms, double diversity);

}  // namespace naru
