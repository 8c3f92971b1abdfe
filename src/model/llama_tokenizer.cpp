#include <algorithm>

#include "model/llama.h"
#include "model/llama_model.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A longer text is counted in pieces of about this size, cut behind white space: nothing that a token could reach over.
constexpr std::size_t kCountBytes = 256U << 10;

std::size_t piece_bytes(std::string_view rest) {
  if (rest.size() <= kCountBytes) return rest.size();
  const std::size_t blank = rest.find_last_of("\n ", kCountBytes);
  if (blank != std::string_view::npos) return blank + 1;
  return std::max<std::size_t>(1, whole_characters(rest, kCountBytes));
}

// Counts what the model reads of the text itself: without begin and end tokens, prefixes or a chat's framing.
class LlamaTokenizer : public Tokenizer {
 public:
  explicit LlamaTokenizer(std::shared_ptr<const LlamaModel> model) : model_(std::move(model)) {}

  Result<std::vector<std::int32_t>> encode(std::string_view text) const override {
    return model_->tokenize(nfc(text), EndTokens::none, ControlTokens::as_text);
  }
  Result<std::string> decode(std::span<const std::int32_t> tokens) const override { return model_->detokenize(tokens); }
  std::size_t count(std::string_view text) const override {
    const std::string normal = nfc(text);
    std::size_t count = 0;
    for (std::size_t at = 0; at < normal.size();) {
      const std::string_view piece =
          std::string_view(normal).substr(at, piece_bytes(std::string_view(normal).substr(at)));
      const auto tokens = model_->tokenize(piece, EndTokens::none, ControlTokens::as_text);
      count += tokens ? tokens->size() : estimate_tokens(piece);
      at += piece.size();
    }
    return count;
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
