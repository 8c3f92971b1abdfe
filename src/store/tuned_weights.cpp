#include "store/tuned_weights.h"

#include <fmt/format.h>

#include <cmath>

namespace naru {

namespace {

// Younger than schema 3 and made by the first that keeps something: who does not know it does nothing wrong without.
constexpr const char* kTunedSchema =
    "CREATE TABLE IF NOT EXISTS tuned_weights(base TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, json TEXT NOT NULL)";

Result<bool> is_made(Database& truth) {
  return NARU_TRY(truth.value("SELECT count(*) FROM sqlite_master WHERE name = 'tuned_weights'")) > 0;
}

bool is_whole(const TunedWeights& weights) {
  const bool known = weights.normalisation == "min_max" || weights.normalisation == "z_score";
  const bool finite = std::isfinite(weights.gain()) && std::isfinite(weights.gain_error);
  return known && finite && weights.vector_weight >= 0 && weights.vector_weight <= 1;
}

Result<TunedWeights> decode(std::string base, std::string_view fingerprint, std::string_view json) {
  const Error damaged(Code::corrupt, fmt::format("the tuned weight of {} is damaged; `naru eval weights --drop {}` "
                                                 "takes it away", base, base));
  const Result<Json> value = parse_json(json);
  if (!value || fingerprint.size() != 16) return damaged;
  TunedWeights weights;
  weights.knowledge_base = std::move(base);
  weights.embedder_fingerprint = Id128::from_bytes(fingerprint);
  try {
    weights.vector_weight = value->at("vector_weight").get<double>();
    weights.normalisation = value->at("normalisation").get<std::string>();
    weights.embedder = value->at("embedder").get<std::string>();
    weights.set = value->at("set").get<std::string>();
    // A number with a fraction, or too large to be whole, may not be cast.
    if (!value->at("queries").is_number_unsigned() || !value->at("created_ms").is_number_integer()) return damaged;
    weights.queries = value->at("queries").get<std::uint64_t>();
    weights.ndcg_before = value->at("ndcg@10_before").get<double>();
    weights.ndcg = value->at("ndcg@10").get<double>();
    weights.gain_error = value->at("standard_error").get<double>();
    weights.created_ms = value->at("created_ms").get<std::int64_t>();
  } catch (const Json::exception&) {
    return damaged;
  }
  if (!is_whole(weights)) return damaged;
  return weights;
}

}  // namespace

Json tuned_weights_to_json(const TunedWeights& weights) {
  return {{"vector_weight", weights.vector_weight},
          {"normalisation", weights.normalisation},
          {"embedder", weights.embedder},
          {"set", weights.set},
          {"queries", weights.queries},
          {"ndcg@10_before", weights.ndcg_before},
          {"ndcg@10", weights.ndcg},
          {"standard_error", weights.gain_error},
          {"created_ms", weights.created_ms}};
}

Result<std::vector<TunedWeights>> read_tuned_weights(Database& truth) {
  std::vector<TunedWeights> all;
  if (!NARU_TRY(is_made(truth))) return all;
  Statement rows = NARU_TRY(truth.prepare("SELECT base, fingerprint, json FROM tuned_weights ORDER BY base"));
  while (NARU_TRY(rows.step())) all.push_back(NARU_TRY(decode(rows.text(0), rows.view(1), rows.view(2))));
  return all;
}

Status keep_tuned_weights(Database& truth, const TunedWeights& weights) {
  if (weights.set.size() > kSetNameBytesMax) {
    return Error(Code::invalid_argument, fmt::format("the set's name has {} bytes; at most {} are kept",
                                                     weights.set.size(), kSetNameBytesMax));
  }
  Statement base = NARU_TRY(truth.prepare("SELECT 1 FROM bases WHERE name = ?"));
  base.bind(weights.knowledge_base);
  if (!NARU_TRY(base.step())) {
    return Error(Code::not_found, fmt::format("there is no knowledge base \"{}\"", weights.knowledge_base));
  }
  NARU_TRY(truth.execute(kTunedSchema));
  Statement put = NARU_TRY(
      truth.prepare("INSERT OR REPLACE INTO tuned_weights(base, fingerprint, json) VALUES (?, ?, ?)"));
  put.bind(weights.knowledge_base).blob(weights.embedder_fingerprint.bytes());
  return put.bind(to_line(tuned_weights_to_json(weights))).run();
}

Status drop_tuned_weights(Database& truth, const std::string& knowledge_base) {
  const Error none(Code::not_found, fmt::format("no weight is stored for the knowledge base \"{}\"; `naru eval "
                                                "weights` lists them", knowledge_base));
  if (!NARU_TRY(is_made(truth))) return none;
  Statement drop = NARU_TRY(truth.prepare("DELETE FROM tuned_weights WHERE base = ? RETURNING base"));
  drop.bind(knowledge_base);
  bool dropped = false;
  while (NARU_TRY(drop.step())) dropped = true;
  return dropped ? Status() : Status(none);
}

}  // namespace naru
