// LlamaContext: one sequence being computed over a LlamaModel, and the one place that hands batches to the library.
//
// ggml ends the process on a batch that it does not expect, so each is checked here first: ids, counts, positions,
// bounds. One thread at a time; shares the model. A stop token given to a call is looked at between the operations of
// the graph, also in the middle of a prompt.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "model/llama_model.h"
#include "naru/result.h"

namespace naru {

enum class LlamaUse : std::uint8_t { embed, generate };

struct LlamaContextOptions {
  LlamaUse use = LlamaUse::generate;
  std::uint32_t context_tokens = 0;  // what a sequence may hold
  std::uint32_t batch_tokens = 0;    // what one call may take; for embedding the whole text
  std::uint32_t threads = 1;         // of a call, unless use_threads() says otherwise
  bool flash_attention = true;
};

class LlamaContext {
 public:
  // limit_exceeded: no memory for it; invalid_argument: the model cannot do this.
  static Result<std::unique_ptr<LlamaContext>> open(std::shared_ptr<const LlamaModel> model,
                                                    const LlamaContextOptions& options);
  ~LlamaContext();
  LlamaContext(const LlamaContext&) = delete;

  // Embedding: the pooled vector of one text of 1 to batch_tokens tokens, not normalised, valid until the next call.
  Result<std::span<const float>> embed(std::span<const llama_token> tokens, std::stop_token stop);

  // Generation: appends 1 to batch_tokens tokens to what the sequence holds. `logits` asks for those of the last one.
  // On an error (cancelled too) the sequence holds what it held before.
  enum class Logits : std::uint8_t { none, of_last };
  Status append(std::span<const llama_token> tokens, Logits logits, std::stop_token stop);
  std::span<const float> logits() const;  // of the last append that asked; valid until the next call
  void cut(std::uint32_t length);         // keeps the first `length` tokens; fewer where the model cannot do that
  std::uint32_t length() const { return length_; }

  // From the next call on. Results do not depend on it, but for single tokens appended to more than 256 others.
  void use_threads(unsigned threads);
  bool gives_vectors() const;  // of texts, for an embedding context: the model says how its tokens are pooled
  const LlamaContextOptions& options() const { return options_; }
  llama_context* handle() const { return context_; }

 private:
  LlamaContext(std::shared_ptr<const LlamaModel> model, const LlamaContextOptions& options);
  Status check(std::span<const llama_token> tokens) const;
  llama_batch fill(std::span<const llama_token> tokens);

  const std::shared_ptr<const LlamaModel> model_;
  const LlamaLibrary& api_;
  const LlamaContextOptions options_;
  llama_context* context_ = nullptr;
  std::stop_token stop_;  // of the call that is running
  std::uint32_t length_ = 0;

  // The arrays that a batch points into, batch_tokens long.
  std::vector<llama_token> tokens_;
  std::vector<llama_pos> positions_;
  std::vector<std::int32_t> sequence_counts_;
  llama_seq_id sequence_ = 0;
  std::vector<llama_seq_id*> sequences_;
  std::vector<std::int8_t> outputs_;
};

}  // namespace naru
