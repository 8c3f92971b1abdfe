// MinHash: a few numbers of a set of shingles, by which sets that are alike are found without comparing all pairs (A.
// Broder et al., Min-wise independent permutations, 1998), in bands (J. Leskovec et al., Mining of Massive Datasets,
// 3.4): two sets of likeness s agree in a band of r numbers with probability s^r.
//
// Pure; any thread; equal on every machine, because it is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/shingles.h"

namespace naru {

struct Banding {
  std::size_t bands = 0, rows = 0;
  bool operator==(const Banding&) const = default;
};

// How many numbers a set has at most, over all bands: what a core makes of a text in the time it needs to read it.
inline constexpr std::size_t kMinHashes = 128;
// Of sets that are exactly as alike as the threshold so many may be missed; of those that are more alike, far fewer.
inline constexpr double kMissedMax = 0.005;

// The bands that find pairs of this likeness with the fewest others: the most rows that miss no more than kMissedMax.
// For 0.8 these are 21 bands of 6. `threshold` is above 0, at most 1.
Banding banding_for(double threshold);
// Of two sets of this likeness: the probability that they have no band in common.
double missed(const Banding& banding, double likeness);

// What is worked with at once: all that this processor can, or what every one can; both give the same numbers.
enum class VectorWidth : std::uint8_t { widest, narrow };

// A number for each band. None for an empty set.
std::vector<std::uint32_t> bands_of(const Shingles& shingles, const Banding& banding,
                                    VectorWidth width = VectorWidth::widest);

}  // namespace naru
