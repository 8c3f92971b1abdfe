// Fusion: one score from two legs. Both legs' scores are brought to one scale over the candidates of this query and
// added with a weight. Pure functions; any thread.
#pragma once

#include <span>
#include <vector>

namespace naru {

// How a leg's scores are brought to one scale.
enum class Normalisation { min_max, z_score };

// The weight of the vector leg, 0..1; the lexical leg has the rest.
struct FusionWeights {
  double vector = 0.8;
  Normalisation normalisation = Normalisation::min_max;
};

// Scores of the same candidates, in the same order, by each leg; 0 where a leg has none.
std::vector<double> fuse(std::span<const double> lexical, std::span<const double> vector, const FusionWeights& weights);

}  // namespace naru
