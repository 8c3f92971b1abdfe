// LlamaModel: the weights and the vocabulary of one GGUF file, loaded once and shared by everything that uses them.
//
// Immutable; any thread. Contexts (model/llama_context.h) hold what changes. Text goes in as it is: callers normalise.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/llama_library.h"
#include "model/unigram.h"
#include "naru/result.h"

namespace naru {

// Longer texts are refused: the tokenizers' memory is a multiple of it, and no model reads so much at once.
inline constexpr std::size_t kTokenizeBytesMax = 2U << 20;

enum class LlamaPart : std::uint8_t { vocabulary, whole };
// Whether text such as "<|im_end|>" is that one control token or the characters it is written with.
enum class ControlTokens : std::uint8_t { as_text, as_tokens };
// Whether the model's begin and end tokens are put around the text.
enum class EndTokens : std::uint8_t { none, added };

class LlamaModel {
 public:
  // The same file opened twice is loaded once, while anybody holds it. corrupt: the library does not take it, with its
  // reason; not_found: no such file; unavailable: the library is not there.
  static Result<std::shared_ptr<const LlamaModel>> open(const std::string& path, LlamaPart part);
  ~LlamaModel();
  LlamaModel(const LlamaModel&) = delete;

  // limit_exceeded: longer than kTokenizeBytesMax.
  Result<std::vector<llama_token>> tokenize(std::string_view text, EndTokens ends, ControlTokens controls) const;
  // Control tokens give nothing. invalid_argument: an id that the vocabulary does not have.
  Result<std::string> detokenize(std::span<const llama_token> tokens) const;
  // The bytes of one token, which may be a part of a character; nothing for control tokens.
  Result<std::string> piece(llama_token token) const;
  bool ends_generation(llama_token token) const;
  bool is_control(llama_token token) const;
  std::string_view token_text(llama_token token) const;  // as it is written in the vocabulary

  std::uint32_t vocabulary_size() const { return vocabulary_size_; }
  std::uint32_t trained_context() const { return trained_context_; }
  std::uint32_t dims() const { return dims_; }
  bool valid(llama_token token) const { return token >= 0 && static_cast<std::uint32_t>(token) < vocabulary_size_; }
  const LlamaLibrary& api() const { return api_; }
  llama_model* handle() const { return model_; }  // of a whole model
  const llama_vocab* vocabulary() const { return vocab_; }  // of a whole model

 private:
  static Result<std::shared_ptr<const LlamaModel>> load_file(const std::string& path, LlamaPart part);
  LlamaModel(const LlamaLibrary& api, llama_model* model, std::unique_ptr<const UnigramVocabulary> unigram);

  const LlamaLibrary& api_;
  llama_model* model_;        // null where only the vocabulary was asked for and it is ours
  const llama_vocab* vocab_;  // null where the vocabulary is ours
  const std::unique_ptr<const UnigramVocabulary> unigram_;
  std::uint32_t vocabulary_size_ = 0, trained_context_ = 0, dims_ = 0;
};

}  // namespace naru
