// The weight of fusion that was chosen for a knowledge base on a labelled set, with where it came from. Kept in the
// truth until it is replaced or dropped; whoever searches decides whether it holds (app/weights_in_force.h).
//
// Free functions over one connection to the truth, within the caller's transaction; docs/format/truth.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "naru/id.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

struct TunedWeights {
  std::string knowledge_base;
  double vector_weight = 0;        // 0..1
  std::string normalisation;       // "min_max" or "z_score"
  std::string embedder;            // its name, for people
  Id128 embedder_fingerprint;      // of another model's vectors the weight says nothing
  std::string set;                 // as the person named its folder
  std::uint64_t queries = 0;       // judged ones
  double ndcg_before = 0, ndcg = 0;  // nDCG@10, over folds that did not choose
  double gain_error = 0;           // standard error of their difference
  std::int64_t created_ms = 0;

  double gain() const { return ndcg - ndcg_before; }
};

// A set's name of this many bytes is enough for a person to find it.
inline constexpr std::size_t kSetNameBytesMax = 1024;

// As it is stored, beside the names of the knowledge base and of the model.
Json tuned_weights_to_json(const TunedWeights& weights);

Result<std::vector<TunedWeights>> read_tuned_weights(Database& truth);  // by knowledge base
// In the place of what was kept for that knowledge base. not_found: there is none of that name; invalid_argument: the
// set's name is too long.
Status keep_tuned_weights(Database& truth, const TunedWeights& weights);
Status drop_tuned_weights(Database& truth, const std::string& knowledge_base);  // not_found

}  // namespace naru
