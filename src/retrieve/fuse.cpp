#include "retrieve/fuse.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace naru {

namespace {

// (score - low) / (high - low). Where all are equal, or there is but one, that is 0/0: then a leg that found something
// (a score above 0) says 1 of each and a leg that found nothing says 0, so that a single good hit does not score as the
// worst of a list does. Either adds the same to all and leaves their order alone.
std::vector<double> min_max(std::span<const double> scores) {
  const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
  const double range = *high - *low;
  std::vector<double> scaled;
  for (const double score : scores) scaled.push_back(range > 0 ? (score - *low) / range : score > 0 ? 1.0 : 0.0);
  return scaled;
}

// Standard scores have the mean 0, so equal ones are 0: a distance from others, where there is no distance.
std::vector<double> z_score(std::span<const double> scores) {
  const double count = static_cast<double>(scores.size());
  double mean = 0;
  for (const double score : scores) mean += score / count;
  double variance = 0;
  for (const double score : scores) variance += (score - mean) * (score - mean) / count;
  const double deviation = std::sqrt(variance);
  std::vector<double> scaled;
  for (const double score : scores) scaled.push_back(deviation > 0 ? (score - mean) / deviation : 0.0);
  return scaled;
}

// 0..1: how far the best candidate stands out, against `full`. Where all are equal there is nothing to doubt.
double vector_trust(std::span<const double> scores, double full) {
  const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
  if (full <= 0 || *low == *high) return 1;
  double mean = 0;
  for (const double score : scores) mean += score / static_cast<double>(scores.size());
  return std::min(1.0, (*high - mean) / full);
}

}  // namespace

std::vector<double> fuse(std::span<const double> lexical, std::span<const double> vector, const FusionWeights& weights,
                         double match) {
  NARU_ASSERT(lexical.size() == vector.size());
  if (lexical.empty()) return {};
  const auto scale = weights.normalisation == Normalisation::min_max ? min_max : z_score;
  const std::vector<double> left = scale(lexical), right = scale(vector);
  const double trust = weights.trust == LexicalTrust::full ? 1.0 : std::clamp(match, 0.0, 1.0);
  const double lexical_weight = (1 - weights.vector) * trust;
  const double vector_weight = weights.vector * vector_trust(vector, weights.stands_out);
  std::vector<double> fused;
  for (std::size_t i = 0; i < left.size(); ++i) fused.push_back(lexical_weight * left[i] + vector_weight * right[i]);
  return fused;
}

}  // namespace naru
