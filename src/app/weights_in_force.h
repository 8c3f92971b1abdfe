// WeightsInForce: which weights of fusion a search of one knowledge base has, and who said so. naru.yaml's own word
// wins over a weight that was tuned and stored, and that over the default. Plain values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/json.h"
#include "config/config.h"
#include "naru/model.h"
#include "retrieve/fuse.h"
#include "store/tuned_weights.h"

namespace naru {

enum class WeightsFrom : std::uint8_t { configuration, tuned, by_default };

struct WeightsInForce {
  FusionWeights weights;
  WeightsFrom from = WeightsFrom::by_default;
  Place place;                        // where naru.yaml says it
  std::string embedder;               // whose default it is
  std::optional<TunedWeights> tuned;  // what is stored for the knowledge base, in force or not
  bool of_another_model = false;      // it is stored, and says nothing of the vectors that are searched
};

// `tuned`: of the whole store; `knowledge_base`: the one that is searched, none where it is several, and then nothing
// that was tuned holds.
WeightsInForce weights_in_force(const SearchConfig& search, const ModelInfo& embedder,
                                const std::optional<std::string>& knowledge_base,
                                std::span<const TunedWeights> tuned);

// "weight of meaning 0.60 (min_max): tuned on sets/handbook at 2026-01-31 17:05:09 UTC, nDCG@10 +0.0213 ± 0.0052";
// where it came from only to the owner: the name of a set is theirs.
std::string weights_for_people(const WeightsInForce& in_force, bool owner);
// {"vector_weight","normalisation","from":"configuration"|"tuned"|"default"}, to the owner with "tuned" where one is
// stored.
Json weights_to_json(const WeightsInForce& in_force, bool owner);
Json named_weights_to_json(const TunedWeights& weights);  // as it is stored, behind its "kb"
// "tuned on sets/handbook at 2026-01-31 17:05:09 UTC, nDCG@10 +0.0213 ± 0.0052"
std::string tuned_for_people(const TunedWeights& weights);

}  // namespace naru
