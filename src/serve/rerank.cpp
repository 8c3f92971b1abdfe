#include "serve/rerank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "retrieve/fuse.h"
#include "retrieve/retriever.h"
#include "text/analyzer.h"
#include "text/unicode.h"

namespace naru {

namespace {

// BM25 over these texts alone, as store/lexical/bm25.h defines it; and how much of the query they know, as the
// retriever counts it.
struct WordScores {
  std::vector<double> scores;
  double match = 0;
};

WordScores score_words(const std::string& query, std::span<const std::string> texts) {
  const std::vector<QueryTerm> terms = analyze_query(query);
  std::vector<std::unordered_map<std::string, double>> counts(texts.size());
  std::vector<double> lengths(texts.size());
  for (std::size_t t = 0; t < texts.size(); ++t) {
    for (const std::string& term : analyze(texts[t])) {
      ++counts[t][term];
      ++lengths[t];
    }
  }
  const double length = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  const double mean = std::max(1.0, length / static_cast<double>(texts.size()));
  const Bm25 bm25;
  WordScores words{std::vector<double>(texts.size(), 0.0)};
  double all = 0, known = 0;
  for (const QueryTerm& term : terms) {
    const auto has = std::count_if(counts.begin(), counts.end(), [&](const auto& c) { return c.contains(term.term); });
    const double df = static_cast<double>(has), n = static_cast<double>(texts.size());
    const double idf = term.weight * std::log(1 + (n - df + 0.5) / (df + 0.5));
    all += idf;
    if (has > 0) known += idf;
    for (std::size_t t = 0; t < texts.size(); ++t) {
      const auto found = counts[t].find(term.term);
      if (found == counts[t].end()) continue;
      const double tf = found->second;
      words.scores[t] += idf * tf * (bm25.k1 + 1) / (tf + bm25.k1 * (1 - bm25.b + bm25.b * lengths[t] / mean));
    }
  }
  const double best = *std::max_element(words.scores.begin(), words.scores.end());
  if (all > 0) words.match = known / all * std::min(1.0, best / all);
  return words;
}

Result<std::vector<double>> score_meaning(const std::string& query, std::span<const std::string> texts,
                                          Embedder& embedder, std::stop_token stop) {
  const std::array<std::string, 1> asked = {nfc(query)};
  const auto question = NARU_TRY(embedder.embed(asked, TextRole::query, stop));
  const auto vectors = NARU_TRY(embedder.embed(texts, TextRole::passage, stop));
  std::vector<double> scores;
  for (const std::vector<float>& vector : vectors) {
    scores.push_back(std::inner_product(vector.begin(), vector.end(), question[0].begin(), 0.0));
  }
  return scores;
}

}  // namespace

Result<std::vector<RankedText>> rank_texts(const std::string& query, std::span<const std::string> texts,
                                           Embedder* embedder, std::stop_token stop) {
  const WordScores words = score_words(query, texts);
  std::vector<double> meaning(texts.size(), 0.0);
  FusionWeights weights;
  weights.vector = 0;
  if (embedder != nullptr) {
    weights = default_weights(embedder->info());
    meaning = NARU_TRY(score_meaning(query, texts, *embedder, stop));
  }
  const std::vector<double> fused = fuse(words.scores, meaning, weights, words.match);
  std::vector<RankedText> ranked;
  for (std::size_t i = 0; i < fused.size(); ++i) ranked.push_back({i, fused[i]});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedText& a, const RankedText& b) { return a.score > b.score; });
  return ranked;
}

}  // namespace naru
