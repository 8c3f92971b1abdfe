// LlamaContext: sequences being computed over a LlamaModel, and the one place that hands batches to the library.
//
// ggml ends the process on a batch that it does not expect, so each is checked here first: ids, counts, positions,
// bounds. One thread at a time; shares the model. Stop tokens given to a call are looked at between the operations of
// the graph, also in the middle of a prompt. Each sequence has a memory of its own: what one computes does not depend
// on what the others hold, but for tokens that are computed in the same call.
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

// More of them make nothing faster on a processor; as many as `streams` of naru.yaml takes.
inline constexpr std::uint32_t kLlamaSequencesMax = 16;

enum class LlamaUse : std::uint8_t { embed, generate };

struct LlamaContextOptions {
  LlamaUse use = LlamaUse::generate;
  std::uint32_t context_tokens = 0;  // what a sequence may hold
  std::uint32_t sequences = 1;       // for generation
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

  // Generation: appends 1 to batch_tokens tokens to what a sequence holds. `logits` asks for those of the last one.
  // On an error (cancelled too) the sequence holds what it held before.
  enum class Logits : std::uint8_t { none, of_last };
  Status append(std::uint32_t sequence, std::span<const llama_token> tokens, Logits logits, std::stop_token stop);

  // The next token of several sequences in one call, with logits of each; in rising order of the sequences, none twice.
  // cancelled: all of them were stopped. On an error they hold what they held before.
  struct Next {
    std::uint32_t sequence = 0;
    llama_token token = 0;
    std::stop_token stop;
  };
  Status append_each(std::span<const Next> next);

  // Of the last call: of the place in `next`, or of the last token of an append. Valid until the next call.
  std::span<const float> logits(std::size_t place) const;
  std::size_t last_place() const { return last_place_; }

  void cut(std::uint32_t sequence, std::uint32_t length);  // keeps the first tokens; fewer where the model cannot
  void copy(std::uint32_t from, std::uint32_t to);         // all that `from` holds, instead of what `to` held
  std::uint32_t length(std::uint32_t sequence) const { return lengths_[sequence]; }

  // From the next call on. Results do not depend on it, but for single tokens appended to more than 256 others.
  void use_threads(unsigned threads);
  bool gives_vectors() const;  // of texts, for an embedding context: the model says how its tokens are pooled
  const LlamaContextOptions& options() const { return options_; }
  llama_context* handle() const { return context_; }

 private:
  LlamaContext(std::shared_ptr<const LlamaModel> model, const LlamaContextOptions& options);
  Status check(std::uint32_t sequence, std::span<const llama_token> tokens) const;
  void put(std::size_t place, std::uint32_t sequence, llama_token token, std::uint32_t position, bool output);
  llama_batch batch_of(std::size_t count);
  Status decode(std::size_t count);
  bool stopped() const;

  const std::shared_ptr<const LlamaModel> model_;
  const LlamaLibrary& api_;
  const LlamaContextOptions options_;
  llama_context* context_ = nullptr;
  std::vector<std::stop_token> stops_;  // of the call that is running, which ends early when all of them ask for it
  std::vector<std::uint32_t> lengths_;  // of each sequence
  std::size_t last_place_ = 0;

  // The arrays that a batch points into, batch_tokens long.
  std::vector<llama_token> tokens_;
  std::vector<llama_pos> positions_;
  std::vector<std::int32_t> sequence_counts_;
  std::vector<llama_seq_id> sequences_;
  std::vector<llama_seq_id*> sequence_lists_;
  std::vector<std::int8_t> outputs_;
};

}  // namespace naru
