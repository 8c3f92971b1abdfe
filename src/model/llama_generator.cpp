#include <fmt/format.h>

#include <algorithm>

#include "model/llama.h"
#include "model/llama_batcher.h"
#include "model/llama_chat.h"
#include "runtime/clock.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::size_t kStopsMax = 16;  // more is a mistake; each is looked for in every piece

class LlamaGenerator : public Generator {
 public:
  static Result<std::unique_ptr<Generator>> open(const LlamaOptions& options);

  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override { return tokenizer_->count(text); }
  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override;

 private:
  Result<std::vector<llama_token>> prompt_tokens(const GenerateRequest& request) const;

  std::shared_ptr<const LlamaModel> model_;
  std::unique_ptr<ChatTemplate> template_;
  std::unique_ptr<Tokenizer> tokenizer_;
  ModelInfo info_;
  std::unique_ptr<LlamaBatcher> batcher_;
};

Result<std::unique_ptr<Generator>> LlamaGenerator::open(const LlamaOptions& options) {
  auto made = std::make_unique<LlamaGenerator>();
  made->model_ = NARU_TRY(LlamaModel::open(options.path, LlamaPart::whole));
  made->tokenizer_ = NARU_TRY(open_llama_tokenizer(options));
  made->template_ = NARU_TRY_AT(ChatTemplate::open(made->model_), options.name);
  const std::uint32_t wanted = options.context_tokens == 0 ? kChatContextTokens : options.context_tokens;
  const std::uint32_t context_tokens = std::min(wanted, made->model_->trained_context());
  made->batcher_ = NARU_TRY(LlamaBatcher::open(
      made->model_,
      {.context_tokens = context_tokens, .streams = options.streams, .threads = options.threads}));
  made->info_ = {.name = options.name,
                 .fingerprint = hash128({"llama-generator", options.weights_sha256, std::to_string(context_tokens)}),
                 .dims = 0,
                 .context_tokens = context_tokens,
                 .english_only = options.english_only,
                 .licence = options.licence};
  return std::unique_ptr<Generator>(std::move(made));
}

Result<Generation> LlamaGenerator::generate(const GenerateRequest& request,
                                            const std::function<bool(std::string_view)>& on_text,
                                            std::stop_token stop) {
  Span span("Generator::generate");
  const std::int64_t started_ns = system_clock().monotonic_ns();
  const std::vector<llama_token> prompt = NARU_TRY(prompt_tokens(request));
  const std::unique_ptr<LlamaSampler> sampler = NARU_TRY(LlamaSampler::open(*model_, request));
  Generation generation = NARU_TRY(batcher_->run(
      {.prompt = prompt, .sampler = *sampler, .stop = request.stop, .max_tokens = request.max_tokens}, on_text, stop));
  generation.total_ms = elapsed_ms(started_ns, system_clock().monotonic_ns());
  span.value("prompt_tokens", generation.prompt_tokens);
  span.value("reused_tokens", generation.cached_tokens);
  span.value("completion_tokens", generation.completion_tokens);
  return generation;
}

Result<std::vector<llama_token>> LlamaGenerator::prompt_tokens(const GenerateRequest& request) const {
  if (request.messages.empty()) return Error(Code::invalid_argument, "nothing is asked: there are no messages");
  if (request.max_tokens == 0) return Error(Code::invalid_argument, "an answer of no tokens: max_tokens is 0");
  if (request.stop.size() > kStopsMax) {
    return Error(Code::limit_exceeded, fmt::format("{} stop strings; at most {}", request.stop.size(), kStopsMax));
  }
  const std::string text = NARU_TRY(template_->prompt(request.messages));
  auto tokens = NARU_TRY(model_->tokenize(text, EndTokens::added, ControlTokens::as_tokens));
  if (tokens.empty()) return Error(Code::invalid_argument, "the prompt is empty");
  if (tokens.size() >= info_.context_tokens) {
    return Error(
        Code::limit_exceeded,
        fmt::format("the prompt has {} tokens, and the context of {} holds {} with the answer: ask with fewer or "
                    "shorter passages, or raise context_tokens",
                    tokens.size(), info_.name, info_.context_tokens));
  }
  return tokens;
}

}  // namespace

Result<std::unique_ptr<Generator>> open_llama_generator(const LlamaOptions& options) {
  return LlamaGenerator::open(options);
}

}  // namespace naru
