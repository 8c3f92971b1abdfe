#include "app/weights_in_force.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/output.h"
#include "retrieve/retriever.h"
#include "retrieve/tune.h"

namespace naru {

namespace {

Normalisation normalisation_of(const std::string& name) {
  return name == normalisation_name(Normalisation::z_score) ? Normalisation::z_score : Normalisation::min_max;
}

std::string source_of(const WeightsInForce& in_force) {
  switch (in_force.from) {
    case WeightsFrom::configuration: return in_force.place.text() + " says so";
    case WeightsFrom::tuned: return tuned_for_people(*in_force.tuned);
    case WeightsFrom::by_default: return "the default for " + in_force.embedder;
  }
  return {};
}

// Why a weight that is stored does not hold.
std::string ignored(const WeightsInForce& in_force) {
  if (!in_force.tuned || in_force.from == WeightsFrom::tuned) return {};
  const TunedWeights& tuned = *in_force.tuned;
  return fmt::format("; the stored {:.2f} ({}) {}", tuned.vector_weight, tuned.normalisation,
                     in_force.of_another_model ? "is of the model " + tuned.embedder : "gives way to it");
}

std::string_view name_of(WeightsFrom from) {
  switch (from) {
    case WeightsFrom::configuration: return "configuration";
    case WeightsFrom::tuned: return "tuned";
    case WeightsFrom::by_default: return "default";
  }
  return {};
}

}  // namespace

WeightsInForce weights_in_force(const SearchConfig& search, const ModelInfo& embedder,
                                const std::optional<std::string>& knowledge_base,
                                std::span<const TunedWeights> tuned) {
  WeightsInForce in_force;
  in_force.weights = default_weights(embedder);
  in_force.embedder = embedder.name;
  for (const TunedWeights& one : tuned) {
    if (one.knowledge_base == knowledge_base) in_force.tuned = one;
  }
  in_force.of_another_model = in_force.tuned && in_force.tuned->embedder_fingerprint != embedder.fingerprint;
  if (search.vector_weight || search.normalisation) {
    // Half of one and half of the other was measured by nobody.
    in_force.from = WeightsFrom::configuration;
    in_force.place = search.fusion_place;
    if (search.vector_weight) in_force.weights.vector = *search.vector_weight;
    if (search.normalisation) in_force.weights.normalisation = normalisation_of(*search.normalisation);
  } else if (in_force.tuned && !in_force.of_another_model) {
    in_force.from = WeightsFrom::tuned;
    in_force.weights.vector = in_force.tuned->vector_weight;
    in_force.weights.normalisation = normalisation_of(in_force.tuned->normalisation);
  }
  return in_force;
}

std::string tuned_for_people(const TunedWeights& weights) {
  return fmt::format("tuned on {} at {}, nDCG@10 {:+.4f} ± {:.4f}", without_control(weights.set),
                     utc_time(weights.created_ms), weights.gain(), weights.gain_error);
}

std::string weights_for_people(const WeightsInForce& in_force, bool owner) {
  const std::string weight = fmt::format("weight of meaning {:.2f} ({})", in_force.weights.vector,
                                         normalisation_name(in_force.weights.normalisation));
  return owner ? weight + ": " + source_of(in_force) + ignored(in_force) : weight;
}

Json named_weights_to_json(const TunedWeights& weights) {
  Json json = {{"kb", weights.knowledge_base}};
  json.update(tuned_weights_to_json(weights));
  return json;
}

Json weights_to_json(const WeightsInForce& in_force, bool owner) {
  Json json = {{"vector_weight", in_force.weights.vector},
               {"normalisation", normalisation_name(in_force.weights.normalisation)},
               {"from", name_of(in_force.from)}};
  if (owner && in_force.tuned) json["tuned"] = named_weights_to_json(*in_force.tuned);
  return json;
}

}  // namespace naru
