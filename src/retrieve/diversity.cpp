#include "retrieve/diversity.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "naru/id.h"
#include "text/analyzer.h"

namespace naru {

std::vector<std::uint64_t> term_set(std::string_view text) {
  std::vector<std::uint64_t> terms;
  for (const std::string& term : analyze(text)) terms.push_back(hash128(term).low);
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

double likeness(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t both = 0;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (*left == *right) ++both;
    const bool step_left = *left <= *right, step_right = *right <= *left;
    left += step_left ? 1 : 0;
    right += step_right ? 1 : 0;
  }
  return static_cast<double>(both) / std::sqrt(static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

std::vector<DiversePlace> diverse_order(std::span<const double> scores,
                                        const std::vector<std::vector<std::uint64_t>>& terms, double diversity) {
  std::vector<DiversePlace> left;  // best first, each with its likeness to what is placed
  for (std::size_t i = 0; i < scores.size(); ++i) left.push_back({i, 0});
  std::vector<DiversePlace> placed;
  const double low = scores.empty() ? 0 : scores.back(), range = scores.empty() ? 0 : scores.front() - low;
  const auto worth = [&](const DiversePlace& one) {
    const double score = range > 0 ? (scores[one.index] - low) / range : 0;
    return (1 - diversity) * score - diversity * one.likeness;
  };
  while (!left.empty()) {
    const auto best = std::max_element(
        left.begin(), left.end(), [&](const DiversePlace& a, const DiversePlace& b) { return worth(a) < worth(b); });
    placed.push_back(*best);
    left.erase(best);
    for (DiversePlace& one : left) {
      one.likeness = std::max(one.likeness, likeness(terms[one.index], terms[placed.back().index]));
    }
  }
  return placed;
}

}  // namespace naru
