#include "model/llama.h"
#include "model/llama_model.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Counts what the model reads of the text itself: without begin and end tokens, prefixes or a chat's framing.
class LlamaTokenizer : public Tokenizer {
 public:
  explicit LlamaTokenizer(std::shared_ptr<const LlamaModel> model) : model_(std::move(model)) {}

  Result<std::vector<std::int32_t>> encode(std::string_view text) const override {
    return model_->tokenize(nfc(text), EndTokens::none, ControlTokens::as_text);
  }
  Result<std::string> decode(std::span<const std::int32_t> tokens) const override { return model_->detokenize(tokens); }
  std::size_t count(std::string_view text) const override {
    const auto tokens = encode(text);
    return tokens ? tokens->size() : estimate_tokens(text);  // a text that is too long for the tokenizer
  }

 private:
  const std::shared_ptr<const LlamaModel> model_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> open_llama_tokenizer(const LlamaOptions& options) {
  auto model = NARU_TRY(LlamaModel::open(options.path, LlamaPart::vocabulary));
  return std::unique_ptr<Tokenizer>(std::make_unique<LlamaTokenizer>(std::move(model)));
}

}  // namespace naru
