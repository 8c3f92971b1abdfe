#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "model/core_lease.h"
#include "model/llama.h"
#include "model/llama_chat.h"
#include "model/llama_context.h"
#include "model/llama_sampler.h"
#include "model/llama_stream.h"
#include "runtime/clock.h"
#include "runtime/thread.h"
#include "runtime/trace.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A prompt is computed in chunks that begin at multiples of this, and only whole chunks are kept for the next prompt:
// so equal prompts are computed by equal steps, and an answer does not depend on what was asked before.
constexpr std::uint32_t kChunkTokens = 128;

// ggml splits the attention of a single token by thread when its cache has 512 places, and makes them by 256.
constexpr std::uint32_t kUnsplitTokens = 256;

// More gain little on the models that fit a CPU, and are more that can be caught by another program's work.
constexpr unsigned kThreadsMax = 8;

constexpr std::size_t kStopsMax = 16;  // more is a mistake; each is looked for in every piece

class LlamaGenerator : public Generator {
 public:
  static Result<std::unique_ptr<Generator>> open(const LlamaOptions& options);

  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override { return tokenizer_->count(text); }
  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override;

 private:
  // One generation at a time: the others wait here, and can be cancelled while they do.
  class Turn {
   public:
    Turn(LlamaGenerator& generator, std::stop_token stop);
    ~Turn();
    explicit operator bool() const { return mine_; }

   private:
    LlamaGenerator& generator_;
    bool mine_ = false;
  };

  Result<std::vector<llama_token>> prompt_tokens(const GenerateRequest& request) const;
  // How many of its tokens the context held already.
  Result<std::uint32_t> read_prompt(const std::vector<llama_token>& tokens, std::stop_token stop);
  Status write_answer(const GenerateRequest& request, LlamaSampler& sampler,
                      const std::function<bool(std::string_view)>& on_text, std::stop_token stop,
                      Generation& generation, std::int64_t started_ns);

  std::shared_ptr<const LlamaModel> model_;
  std::unique_ptr<ChatTemplate> template_;
  std::unique_ptr<Tokenizer> tokenizer_;
  ModelInfo info_;
  unsigned threads_ = 0;  // as asked for; 0: leased

  std::mutex mutex_;  // protects busy_
  std::condition_variable_any free_;
  bool busy_ = false;

  void choose_threads(std::size_t tokens);

  // Of whoever has the turn.
  unsigned leased_ = 1;
  std::unique_ptr<LlamaContext> context_;
  std::vector<llama_token> kept_;  // what the context holds in whole chunks: the beginning of the last prompt
};

Result<std::unique_ptr<Generator>> LlamaGenerator::open(const LlamaOptions& options) {
  auto made = std::make_unique<LlamaGenerator>();
  made->model_ = NARU_TRY(LlamaModel::open(options.path, LlamaPart::whole));
  made->tokenizer_ = NARU_TRY(open_llama_tokenizer(options));
  made->template_ = NARU_TRY_AT(ChatTemplate::open(made->model_), options.name);
  made->threads_ = options.threads;
  const std::uint32_t wanted = options.context_tokens == 0 ? kChatContextTokens : options.context_tokens;
  const std::uint32_t context_tokens = std::min(wanted, made->model_->trained_context());
  made->context_ = NARU_TRY(LlamaContext::open(made->model_, {.use = LlamaUse::generate,
                                                              .context_tokens = context_tokens,
                                                              .batch_tokens = std::min(kChunkTokens, context_tokens)}));
  made->info_ = {.name = options.name,
                 .fingerprint = hash128({"llama-generator", options.weights_sha256, std::to_string(context_tokens)}),
                 .dims = 0,
                 .context_tokens = context_tokens,
                 .english_only = options.english_only,
                 .licence = options.licence};
  return std::unique_ptr<Generator>(std::move(made));
}

LlamaGenerator::Turn::Turn(LlamaGenerator& generator, std::stop_token stop) : generator_(generator) {
  std::unique_lock lock(generator_.mutex_);
  mine_ = generator_.free_.wait(lock, stop, [&] { return !generator_.busy_; }) && !stop.stop_requested();
  if (mine_) generator_.busy_ = true;
}

LlamaGenerator::Turn::~Turn() {
  if (!mine_) return;
  const std::lock_guard lock(generator_.mutex_);
  generator_.busy_ = false;
  generator_.free_.notify_one();
}

Result<Generation> LlamaGenerator::generate(const GenerateRequest& request,
                                            const std::function<bool(std::string_view)>& on_text,
                                            std::stop_token stop) {
  Span span("Generator::generate");
  const std::int64_t started_ns = system_clock().monotonic_ns();
  const std::vector<llama_token> prompt = NARU_TRY(prompt_tokens(request));
  const std::unique_ptr<LlamaSampler> sampler = NARU_TRY(LlamaSampler::open(*model_, request));
  const Turn turn(*this, stop);
  if (!turn) return Error(Code::cancelled, "stopped");
  const CoreLease lease = CoreLease::take(threads_ == 0 ? kThreadsMax : threads_);
  leased_ = lease.cores();

  const std::uint32_t reused_tokens = NARU_TRY(read_prompt(prompt, stop));
  Generation generation;
  generation.prompt_tokens = static_cast<std::uint32_t>(prompt.size());
  NARU_TRY(write_answer(request, *sampler, on_text, stop, generation, started_ns));
  generation.total_ms = elapsed_ms(started_ns, system_clock().monotonic_ns());
  span.value("prompt_tokens", generation.prompt_tokens);
  span.value("reused_tokens", reused_tokens);
  span.value("completion_tokens", generation.completion_tokens);
  return generation;
}

Result<std::vector<llama_token>> LlamaGenerator::prompt_tokens(const GenerateRequest& request) const {
  if (request.messages.empty()) return Error(Code::invalid_argument, "nothing is asked: there are no messages");
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

Result<std::uint32_t> LlamaGenerator::read_prompt(const std::vector<llama_token>& tokens, std::stop_token stop) {
  std::size_t same = 0;
  while (same < kept_.size() && same < tokens.size() - 1 && kept_[same] == tokens[same]) ++same;
  context_->cut(static_cast<std::uint32_t>(same / kChunkTokens * kChunkTokens));
  const std::uint32_t reused = context_->length();
  kept_.resize(reused);
  while (context_->length() < tokens.size()) {
    const auto rest = std::span(tokens).subspan(context_->length());
    const auto chunk = rest.first(std::min<std::size_t>(rest.size(), context_->options().batch_tokens));
    const bool last = chunk.size() == rest.size();
    choose_threads(chunk.size());
    NARU_TRY(context_->append(chunk, last ? LlamaContext::Logits::of_last : LlamaContext::Logits::none, stop));
    if (chunk.size() == kChunkTokens) kept_.insert(kept_.end(), chunk.begin(), chunk.end());
  }
  return reused;
}

// Threads of one call wait for each other by spinning: where another program has a core, two are slower than one by
// far. So before each call it is looked whether cores are idle. An answer must not depend on that: single tokens behind
// a long prompt, whose attention the library splits by thread, get one thread.
void LlamaGenerator::choose_threads(std::size_t tokens) {
  if (threads_ != 0) return context_->use_threads(threads_);
  const bool split = tokens == 1 && context_->length() + 1 > kUnsplitTokens;
  context_->use_threads(split || leased_ == 1 ? 1 : std::min(leased_, idle_cores()));
}

Status LlamaGenerator::write_answer(const GenerateRequest& request, LlamaSampler& sampler,
                                    const std::function<bool(std::string_view)>& on_text, std::stop_token stop,
                                    Generation& generation, std::int64_t started_ns) {
  TextStream stream(request.stop);
  const auto say = [&](const std::string& text) {
    generation.text += text;
    return text.empty() || !on_text || on_text(text);
  };
  generation.finish_reason = "length";
  while (generation.completion_tokens < request.max_tokens) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    const llama_token token = NARU_TRY(sampler.next(*context_));
    if (generation.completion_tokens == 0) {
      generation.first_token_ms = elapsed_ms(started_ns, system_clock().monotonic_ns());
    }
    ++generation.completion_tokens;
    if (model_->ends_generation(token)) {
      generation.finish_reason = "stop";
      break;
    }
    if (!say(stream.push(NARU_TRY(model_->piece(token))))) {
      generation.finish_reason = "cancelled";
      return {};
    }
    if (stream.stopped()) {
      generation.finish_reason = "stop";
      break;
    }
    if (context_->length() == info_.context_tokens || generation.completion_tokens == request.max_tokens) break;
    choose_threads(1);
    NARU_TRY(context_->append(std::span(&token, 1), LlamaContext::Logits::of_last, stop));
  }
  if (!say(stream.finish())) generation.finish_reason = "cancelled";
  return {};
}

}  // namespace

Result<std::unique_ptr<Generator>> open_llama_generator(const LlamaOptions& options) {
  return LlamaGenerator::open(options);
}

}  // namespace naru
