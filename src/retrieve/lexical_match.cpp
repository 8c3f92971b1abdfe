#include "retrieve/lexical_match.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "text/scripts.h"

namespace naru {

namespace {

// A page of hits. They are read in any case, and tell the script of what the question is about: of three alone one may
// be a table of codes, and what lies below a page is of other things.
constexpr std::size_t kNearest = 10;

// Documentation keeps up to a third of its letters in another script, and passages that share them are many: chosen on
// 400 questions and held to 600 others in the decision.
constexpr int kScriptPower = 4;

double known_share(const Query& query, const std::vector<Candidate>& candidates) {
  double all = 0, known = 0, best = 0;
  const double rows = static_cast<double>(query.statistics.rows);
  for (std::size_t i = 0; i < query.typed_terms; ++i) {
    const double frequency = static_cast<double>(query.statistics.document_frequency[i]);
    const double weight = query.terms[i].weight * std::log(1 + (rows - frequency + 0.5) / (frequency + 0.5));
    all += weight;
    if (frequency > 0) known += weight;
  }
  for (const Candidate& candidate : candidates) best = std::max(best, candidate.lexical);
  return all > 0 ? known / all * std::min(1.0, best / all) : 0;
}

// Words of another script than the passages' stand in them by chance, as names and code words: many passages then match
// the question in a part that tells nothing.
Result<double> script_share(const Query& query, std::vector<Candidate> candidates) {
  const ScriptShares asked = script_shares(query.plain);
  if (asked.empty()) return 1.0;
  const auto nearest = candidates.begin() + static_cast<std::ptrdiff_t>(std::min(kNearest, candidates.size()));
  std::partial_sort(candidates.begin(), nearest, candidates.end(),
                    [](const Candidate& a, const Candidate& b) { return a.vector > b.vector; });
  std::vector<ScriptShares> texts;
  for (auto candidate = candidates.begin(); candidate != nearest; ++candidate) {
    const ChunkView chunk = NARU_TRY(query.bases[candidate->base].second->chunk(candidate->row));
    texts.push_back(script_shares(chunk.text));
  }
  return written_as(asked, mean_shares(texts));
}

}  // namespace

Result<double> lexical_match(const Query& query, const std::vector<Candidate>& candidates) {
  if (query.names_words) return 1.0;
  const double share = NARU_TRY(script_share(query, candidates));
  return known_share(query, candidates) * std::pow(share, kScriptPower);
}

}  // namespace naru
