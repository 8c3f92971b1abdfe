#include "retrieve/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "naru/id.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Finer steps differ by less than a set of some hundred queries can tell.
constexpr int kSteps = 20;

// As a search for ten does it: the candidates of each leg, before fusion.
constexpr std::size_t kTuneHits = 10;

// One query's nDCG@10 under every weighting.
using Scores = std::vector<double>;

std::vector<FusionWeights> all_weights(const FusionWeights& before) {
  std::vector<FusionWeights> all = {before};
  for (const Normalisation normalisation : {Normalisation::min_max, Normalisation::z_score}) {
    for (int step = 0; step <= kSteps; ++step) {
      FusionWeights weights = before;
      weights.vector = static_cast<double>(step) / kSteps;
      weights.normalisation = normalisation;
      all.push_back(weights);
    }
  }
  return all;
}

std::vector<RankedDocument> ranked(const Gathered& gathered, const FusionWeights& weights) {
  std::vector<double> lexical, vector;
  for (const LegScores& candidate : gathered.candidates) {
    lexical.push_back(candidate.lexical);
    vector.push_back(candidate.vector);
  }
  const std::vector<double> fused = fuse(lexical, vector, weights, gathered.match);
  std::vector<std::size_t> order(fused.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return fused[a] > fused[b]; });
  std::vector<RankedDocument> list;
  std::unordered_set<std::string> seen;
  for (const std::size_t i : order) {
    const std::string& doc = gathered.candidates[i].place.doc;
    if (list.size() < kTuneHits && seen.insert(doc).second) list.push_back({doc, fused[i]});
  }
  return list;
}

// The weighting with the best mean over the queries that `takes`; of equals the first, and the present one is first.
template <class Takes>
std::size_t best_of(const std::vector<Scores>& scores, std::size_t weightings, Takes takes) {
  std::size_t best = 0;
  double best_sum = -1;
  for (std::size_t w = 0; w < weightings; ++w) {
    double sum = 0;
    for (std::size_t q = 0; q < scores.size(); ++q) sum += takes(q) ? scores[q][w] : 0;
    if (sum > best_sum + 1e-9) {
      best_sum = sum;
      best = w;
    }
  }
  return best;
}

// Queries dealt to folds by the hash of their ids, so that the order of the file says nothing.
std::vector<std::size_t> fold_of(const EvalSet& set) {
  std::vector<std::pair<std::string, std::size_t>> hashed;
  for (std::size_t q = 0; q < set.queries.size(); ++q) hashed.emplace_back(hash128(set.queries[q].id).hex(), q);
  std::sort(hashed.begin(), hashed.end());
  std::vector<std::size_t> folds(set.queries.size());
  for (std::size_t i = 0; i < hashed.size(); ++i) folds[hashed[i].second] = i % kTuneFolds;
  return folds;
}

double mean_of(const Scores& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double standard_error(const Scores& values) {
  const double mean = mean_of(values), count = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1) / count);
}

}  // namespace

Result<Tuned> tune_fusion(const EvalSet& set, Retriever& retriever, const Principal& principal, std::stop_token stop,
                          const std::function<void(std::size_t done)>& progress) {
  if (set.queries.size() < 2 * kTuneFolds) {
    return Error(Code::invalid_argument, fmt::format("tuning needs at least {} judged queries, the set has {}",
                                                     2 * kTuneFolds, set.queries.size()));
  }
  SearchRequest request;
  request.k = kTuneHits;
  const PinnedBases pinned = NARU_TRY(retriever.pin(request, principal));
  Tuned tuned;
  std::vector<FusionWeights> weightings;
  std::vector<Scores> scores;
  for (const EvalQuery& query : set.queries) {
    request.query = query.text;
    Gathered gathered;
    if (!fold_white_space(query.text).empty()) {
      gathered = NARU_TRY_AT(retriever.gather(pinned, request, stop), "query " + query.id);
    }
    if (weightings.empty()) weightings = all_weights(tuned.before = gathered.weights);
    Scores& row = scores.emplace_back();
    for (const FusionWeights& weights : weightings) {
      row.push_back(ndcg_at_10(ranked(gathered, weights), set.judgements.at(query.id)));
    }
    if (progress) progress(scores.size());
  }

  const std::vector<std::size_t> folds = fold_of(set);
  Scores before, chosen, gains;
  for (std::size_t fold = 0; fold < kTuneFolds; ++fold) {
    const std::size_t best = best_of(scores, weightings.size(), [&](std::size_t q) { return folds[q] != fold; });
    Scores before_here, chosen_here;
    for (std::size_t q = 0; q < scores.size(); ++q) {
      if (folds[q] != fold) continue;
      before_here.push_back(scores[q][0]);
      chosen_here.push_back(scores[q][best]);
      gains.push_back(scores[q][best] - scores[q][0]);
    }
    tuned.folds.push_back({chosen_here.size(), weightings[best], mean_of(chosen_here), mean_of(before_here)});
    before.insert(before.end(), before_here.begin(), before_here.end());
    chosen.insert(chosen.end(), chosen_here.begin(), chosen_here.end());
  }
  tuned.chosen = weightings[best_of(scores, weightings.size(), [](std::size_t) { return true; })];
  tuned.ndcg_before = mean_of(before);
  tuned.ndcg_chosen = mean_of(chosen);
  tuned.gain_error = standard_error(gains);
  return tuned;
}

std::string_view normalisation_name(Normalisation normalisation) {
  return normalisation == Normalisation::min_max ? "min_max" : "z_score";
}

Json tuned_to_json(const Tuned& tuned) {
  const auto weights = [](const FusionWeights& of) {
    return Json{{"vector_weight", of.vector}, {"normalisation", normalisation_name(of.normalisation)}};
  };
  Json folds = Json::array();
  for (const TuneFold& fold : tuned.folds) {
    folds.push_back({{"queries", fold.queries},
                     {"chosen", weights(fold.chosen)},
                     {"ndcg@10", fold.ndcg_chosen},
                     {"ndcg@10_before", fold.ndcg_before}});
  }
  return {{"before", weights(tuned.before)},     {"chosen", weights(tuned.chosen)},
          {"ndcg@10_before", tuned.ndcg_before}, {"ndcg@10", tuned.ndcg_chosen},
          {"standard_error", tuned.gain_error},  {"worth_it", tuned.worth_it()},
          {"folds", std::move(folds)}};
}

}  // namespace naru
