// Fusion: one score from two legs. Both legs' scores are brought to one scale over the candidates of this query and
// added with a weight. Pure functions; any thread.
#pragma once

#include <span>
#include <vector>

namespace naru {

// How a leg's scores are brought to one scale.
enum class Normalisation { min_max, z_score };

// How far the lexical leg is believed.
enum class LexicalTrust {
  full,      // always
  by_match,  // as far as its best hit matches the question: words that stand nowhere, or only by chance, cannot tell
             // documents apart (lexical_match.h)
};

// The weight of the vector leg, 0..1, times its trust; the lexical leg has the rest, times its own. The defaults:
// docs/decisions/0008-fusion-weights.md and 0031-words-across-scripts.md.
struct FusionWeights {
  double vector = 0.75;
  Normalisation normalisation = Normalisation::min_max;
  LexicalTrust trust = LexicalTrust::by_match;
  // The vector leg is believed fully where its best candidate has so much more cosine than the mean of them, and less
  // where less: among passages that are all equally near, nearness tells nothing. 0: always fully.
  double stands_out = 0.12;
};

// Scores of the same candidates, in the same order, by each leg; 0 where a leg has none. `match` is what the lexical
// leg knows of the question, 0..1. Candidates that a leg cannot tell apart, a single one above all, have 1 from it
// where it found them (min_max) and 0 where it did not.
std::vector<double> fuse(std::span<const double> lexical, std::span<const double> vector,
                         const FusionWeights& weights, double match);

}  // namespace naru
