// The weight of fusion, chosen on a labelled set by cross-validation: each fifth of the queries is judged by the weight
// that the other four chose, so that what is printed is what may be hoped for. Nothing is changed here. One thread.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "base/json.h"
#include "retrieve/evaluate.h"
#include "retrieve/retriever.h"

namespace naru {

inline constexpr std::size_t kTuneFolds = 5;

struct TuneFold {
  std::size_t queries = 0;
  FusionWeights chosen;    // by the other folds
  double ndcg_chosen = 0;  // of this fold, nDCG@10
  double ndcg_before = 0;
};

struct Tuned {
  FusionWeights before, chosen;  // chosen: by all queries
  double ndcg_before = 0;
  double ndcg_chosen = 0;       // over the folds, each by the others' choice
  double gain_error = 0;        // standard error of their difference, from query to query
  std::vector<TuneFold> folds;

  // Is the gain more than chance would give in one of forty sets?
  bool worth_it() const { return ndcg_chosen - ndcg_before > 2 * gain_error; }
};

// invalid_argument: fewer than two queries a fold; unavailable: there is only one leg.
Result<Tuned> tune_fusion(const EvalSet& set, Retriever& retriever, const Principal& principal, std::stop_token stop,
                          const std::function<void(std::size_t done)>& progress);

Json tuned_to_json(const Tuned& tuned);

std::string_view normalisation_name(Normalisation normalisation);

}  // namespace naru
