#include "model/llama_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/json_shape.h"
#include "model/llama_stream.h"
#include "text/unicode.h"

namespace naru {

namespace {

// The choice among likely tokens where a temperature is asked for: llama.cpp's own defaults.
constexpr int kTopK = 40;
constexpr float kTopP = 0.95F, kMinP = 0.05F;

std::uint32_t fold(std::uint64_t seed) {
  const auto folded = static_cast<std::uint32_t>(seed ^ (seed >> 32));
  return folded == LLAMA_DEFAULT_SEED ? 0 : folded;  // that one would mean a random seed
}

// The first of equals; LLAMA_TOKEN_NULL where none is a number that a token may be chosen by.
llama_token likeliest(std::span<const float> logits) {
  llama_token best = LLAMA_TOKEN_NULL;
  for (std::size_t i = 0; i < logits.size(); ++i) {  // comparisons with NaN are false
    if (best < 0 ? logits[i] == logits[i] : logits[i] > logits[static_cast<std::size_t>(best)]) {
      best = static_cast<llama_token>(i);
    }
  }
  return best;
}

}  // namespace

Result<std::unique_ptr<LlamaSampler>> LlamaSampler::open(const LlamaModel& model, const GenerateRequest& request) {
  std::unique_ptr<LlamaSampler> sampler(new LlamaSampler(model, request));
  if (!request.json_schema.empty()) NARU_TRY(sampler->follow(request.json_schema));
  return sampler;
}

LlamaSampler::LlamaSampler(const LlamaModel& model, const GenerateRequest& request)
    : model_(model), api_(model.api()) {
  if (request.temperature <= 0) return;
  chain_ = api_.llama_sampler_chain_init_(api_.llama_sampler_chain_default_params_());
  api_.llama_sampler_chain_add_(chain_, api_.llama_sampler_init_top_k_(kTopK));
  api_.llama_sampler_chain_add_(chain_, api_.llama_sampler_init_top_p_(kTopP, 1));
  api_.llama_sampler_chain_add_(chain_, api_.llama_sampler_init_min_p_(kMinP, 1));
  api_.llama_sampler_chain_add_(chain_, api_.llama_sampler_init_temp_(request.temperature));
  api_.llama_sampler_chain_add_(chain_, api_.llama_sampler_init_dist_(fold(request.seed)));
}

LlamaSampler::~LlamaSampler() {
  if (chain_ != nullptr) api_.llama_sampler_free_(chain_);
  if (grammar_ != nullptr) api_.llama_sampler_free_(grammar_);
}

Status LlamaSampler::follow(const std::string& schema) {
  const Json parsed = NARU_TRY_AT(parse_json(schema), "the JSON schema");
  const std::string grammar = NARU_TRY(JsonShape::compile(parsed)).grammar();
  grammar_ = NARU_TRY(guard_llama("reading the grammar", [&] {
    return api_.llama_sampler_init_grammar_(model_.vocabulary(), grammar.c_str(), "root");
  }));
  if (grammar_ == nullptr) return Error(Code::internal, "the model library does not take the grammar of the schema");
  return {};
}

Result<llama_token> LlamaSampler::next(LlamaContext& context, std::size_t place) {
  llama_token token = NARU_TRY(choose(context, place));
  if (grammar_ == nullptr) return token;
  // Most tokens that a model chooses fit: to try the one is far cheaper than to try the whole vocabulary.
  const bool fits = NARU_TRY(guard_llama("following the grammar", [&] { return lets_through(token); }));
  if (!fits || !NARU_TRY(keeps_characters_whole(token))) {
    token = NARU_TRY(choose_allowed(context.logits(place)));
  }
  NARU_TRY(guard_llama("following the grammar", [&] {
    api_.llama_sampler_accept_(grammar_, token);
    return true;
  }));
  open_ += NARU_TRY(model_.piece(token));
  open_.erase(0, open_.size() - open_character_bytes(open_));
  return token;
}

Result<llama_token> LlamaSampler::choose(LlamaContext& context, std::size_t place) {
  const llama_token best = likeliest(context.logits(place));
  if (best < 0) return Error(Code::corrupt, "the model's numbers are not numbers: its file is damaged");
  if (chain_ == nullptr) return best;
  return guard_llama("sampling", [&] {
    return api_.llama_sampler_sample_(chain_, context.handle(), static_cast<std::int32_t>(place));
  });
}

bool LlamaSampler::lets_through(llama_token token) {
  llama_token_data one{token, 1.0F, 0.0F};
  llama_token_data_array alone{&one, 1, -1, false};
  api_.llama_sampler_apply_(grammar_, &alone);
  return std::isfinite(one.logit);
}

// The library's grammars let broken bytes through, and a broken character counts as several when it is repaired.
Result<bool> LlamaSampler::keeps_characters_whole(llama_token token) const {
  const std::string text = open_ + NARU_TRY(model_.piece(token));
  const std::size_t open = open_character_bytes(text);
  if (open == 0) return is_valid_utf8(text);
  // What begins a character can be completed by the lowest bytes or by the highest, RFC 3629.
  const auto first = static_cast<unsigned char>(text[text.size() - open]);
  const std::size_t missing = (first >= 0xf0 ? 4U : first >= 0xe0 ? 3U : 2U) - open;
  return is_valid_utf8(text + std::string(missing, '\x80')) || is_valid_utf8(text + std::string(missing, '\xbf'));
}

// From the whole vocabulary without what the grammar forbids.
Result<llama_token> LlamaSampler::choose_allowed(std::span<const float> logits) {
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    candidates_.push_back({static_cast<llama_token>(i), logits[i], 0.0F});
  }
  llama_token_data_array all{candidates_.data(), candidates_.size(), -1, false};
  NARU_TRY(guard_llama("following the grammar", [&] {
    api_.llama_sampler_apply_(grammar_, &all);
    return true;
  }));
  for (std::size_t tried = 0; tried < candidates_.size(); ++tried) {
    const llama_token token = NARU_TRY(guard_llama("sampling", [&] { return best_candidate(); }));
    if (token < 0) break;
    if (NARU_TRY(keeps_characters_whole(token))) return token;
    candidates_[static_cast<std::size_t>(token)].logit = -std::numeric_limits<float>::infinity();
  }
  return Error(Code::internal, "no token of the model may follow by the JSON schema");
}

llama_token LlamaSampler::best_candidate() {
  const auto best = std::max_element(
      candidates_.begin(), candidates_.end(),
      [](const llama_token_data& a, const llama_token_data& b) { return a.logit < b.logit || std::isnan(a.logit); });
  if (!std::isfinite(best->logit)) return LLAMA_TOKEN_NULL;
  if (chain_ == nullptr) return best->id;
  drawn_ = candidates_;  // the chain sorts and cuts
  llama_token_data_array drawn{drawn_.data(), drawn_.size(), -1, false};
  api_.llama_sampler_apply_(chain_, &drawn);
  return drawn.data[drawn.selected].id;
}

}  // namespace naru
