// LlamaSampler: the next token of an answer: the likeliest, or by chance from a seed; with a grammar, among those that
// it lets through.
//
// Belongs to one answer and one thread; the model outlives it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/llama_context.h"
#include "model/llama_model.h"
#include "naru/model.h"
#include "naru/result.h"

namespace naru {

class LlamaSampler {
 public:
  // The temperature, the seed and the JSON schema of `request`. As JsonShape::compile() where it has a schema.
  static Result<std::unique_ptr<LlamaSampler>> open(const LlamaModel& model, const GenerateRequest& request);
  LlamaSampler(const LlamaSampler&) = delete;
  ~LlamaSampler();

  // From the logits of a place of the context's last call. corrupt: they are no numbers; internal: no token may follow.
  Result<llama_token> next(LlamaContext& context, std::size_t place);

 private:
  LlamaSampler(const LlamaModel& model, const GenerateRequest& request);

  Status follow(const std::string& schema);
  Result<llama_token> choose(LlamaContext& context, std::size_t place);
  bool lets_through(llama_token token);
  Result<bool> keeps_characters_whole(llama_token token) const;
  Result<llama_token> choose_allowed(std::span<const float> logits);
  llama_token best_candidate();

  const LlamaModel& model_;
  const LlamaLibrary& api_;
  llama_sampler* chain_ = nullptr;    // null: the likeliest
  llama_sampler* grammar_ = nullptr;  // null: whatever comes
  std::string open_;                  // with a grammar: the bytes of a character that is not yet complete
  std::vector<llama_token_data> candidates_, drawn_;
};

}  // namespace naru
