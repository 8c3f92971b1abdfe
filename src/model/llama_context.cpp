#include "model/llama_context.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

constexpr int kAborted = 2;  // llama_decode: the abort callback said so
constexpr int kNoRoom = 1;   // llama_decode: the sequence is full

bool stop_requested(void* stop) { return static_cast<std::stop_token*>(stop)->stop_requested(); }

llama_context_params params_for(const LlamaLibrary& api, const LlamaContextOptions& options) {
  llama_context_params params = api.llama_context_default_params_();
  params.n_ctx = options.context_tokens;
  params.n_batch = params.n_ubatch = options.batch_tokens;
  params.n_seq_max = 1;
  params.n_threads = params.n_threads_batch = static_cast<std::int32_t>(options.threads);
  params.flash_attn_type = options.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.embeddings = options.use == LlamaUse::embed;
  params.no_perf = true;
  // Only the last token's logits are ever asked for: without this, room for batch_tokens x vocabulary is reserved.
  if (options.use == LlamaUse::generate) params.n_outputs_max = 1;
  return params;
}

Error failure(const char* what, int status) {
  if (status == kAborted) return Error(Code::cancelled, "stopped");
  if (status == kNoRoom) return Error(Code::limit_exceeded, "the model's context is full");
  return Error(Code::internal,
               fmt::format("{}: the model library gave status {}{}", what, status, take_llama_reason()));
}

}  // namespace

LlamaContext::LlamaContext(std::shared_ptr<const LlamaModel> model, const LlamaContextOptions& options)
    : model_(std::move(model)),
      api_(model_->api()),
      options_(options),
      tokens_(options.batch_tokens),
      positions_(options.batch_tokens),
      sequence_counts_(options.batch_tokens, 1),
      sequences_(options.batch_tokens, &sequence_),
      outputs_(options.batch_tokens) {}

Result<std::unique_ptr<LlamaContext>> LlamaContext::open(std::shared_ptr<const LlamaModel> model,
                                                         const LlamaContextOptions& options) {
  if (options.batch_tokens == 0 || options.context_tokens < options.batch_tokens || options.threads == 0 ||
      options.threads > GGML_MAX_N_THREADS) {
    return Error(Code::invalid_argument, fmt::format("a context of {} tokens with batches of {} on {} threads",
                                                     options.context_tokens, options.batch_tokens, options.threads));
  }
  std::unique_ptr<LlamaContext> made(new LlamaContext(std::move(model), options));
  take_llama_reason();
  made->context_ = NARU_TRY(guard_llama("opening a context", [&] {
    return made->api_.llama_init_from_model_(made->model_->handle(), params_for(made->api_, options));
  }));
  if (made->context_ == nullptr) {
    return Error(Code::limit_exceeded,
                 fmt::format("no context of {} tokens can be made{}", options.context_tokens, take_llama_reason()));
  }
  made->api_.llama_set_abort_callback_(made->context_, stop_requested, &made->stop_);
  return made;
}

LlamaContext::~LlamaContext() {
  if (context_ != nullptr) api_.llama_free_(context_);
}

Status LlamaContext::check(std::span<const llama_token> tokens) const {
  if (tokens.empty() || tokens.size() > options_.batch_tokens) {
    return Error(Code::limit_exceeded,
                 fmt::format("{} tokens for a model that takes 1 to {} at once", tokens.size(), options_.batch_tokens));
  }
  if (tokens.size() > options_.context_tokens - length_) {
    return Error(Code::limit_exceeded, fmt::format("{} tokens on top of {} are more than the context of {}",
                                                   tokens.size(), length_, options_.context_tokens));
  }
  for (const llama_token token : tokens) {
    if (model_->valid(token)) continue;
    return Error(Code::invalid_argument,
                 fmt::format("the token {} is not in a vocabulary of {}", token, model_->vocabulary_size()));
  }
  return {};
}

llama_batch LlamaContext::fill(std::span<const llama_token> tokens) {
  std::copy(tokens.begin(), tokens.end(), tokens_.begin());
  for (std::size_t i = 0; i < tokens.size(); ++i) positions_[i] = static_cast<llama_pos>(length_ + i);
  return {.n_tokens = static_cast<std::int32_t>(tokens.size()),
          .token = tokens_.data(),
          .embd = nullptr,
          .pos = positions_.data(),
          .n_seq_id = sequence_counts_.data(),
          .seq_id = sequences_.data(),
          .logits = outputs_.data()};
}

Result<std::span<const float>> LlamaContext::embed(std::span<const llama_token> tokens, std::stop_token stop) {
  length_ = 0;
  NARU_TRY(check(tokens));
  stop_ = std::move(stop);
  std::fill(outputs_.begin(), outputs_.end(), std::int8_t{1});  // all of them are pooled
  const llama_batch batch = fill(tokens);
  llama_memory_t memory = api_.llama_get_memory_(context_);
  const int status = NARU_TRY(guard_llama("embedding", [&] {
    if (memory == nullptr) return api_.llama_encode_(context_, batch);
    api_.llama_memory_clear_(memory, false);
    return api_.llama_decode_(context_, batch);
  }));
  if (stop_.stop_requested()) return Error(Code::cancelled, "stopped");
  if (status != 0) return failure("embedding", status);
  const float* vector = api_.llama_get_embeddings_seq_(context_, sequence_);
  if (vector == nullptr) return Error(Code::internal, "the model library gave no vector");
  return std::span<const float>(vector, model_->dims());
}

Status LlamaContext::append(std::span<const llama_token> tokens, Logits logits, std::stop_token stop) {
  NARU_TRY(check(tokens));
  stop_ = std::move(stop);
  std::fill(outputs_.begin(), outputs_.end(), std::int8_t{0});
  outputs_[tokens.size() - 1] = logits == Logits::of_last ? 1 : 0;
  const llama_batch batch = fill(tokens);
  const Result<int> status = guard_llama("generating", [&] { return api_.llama_decode_(context_, batch); });
  if (!status || *status != 0) {
    cut(length_);  // what of the batch was computed
    return status ? failure("generating", *status) : status.error();
  }
  length_ += static_cast<std::uint32_t>(tokens.size());
  return {};
}

std::span<const float> LlamaContext::logits() const {
  const float* values = api_.llama_get_logits_ith_(context_, -1);
  if (values == nullptr) return {};
  return {values, model_->vocabulary_size()};
}

void LlamaContext::cut(std::uint32_t length) {
  length_ = std::min(length, length_);
  llama_memory_t memory = api_.llama_get_memory_(context_);
  if (memory == nullptr || api_.llama_memory_seq_rm_(memory, sequence_, static_cast<llama_pos>(length_), -1)) return;
  api_.llama_memory_clear_(memory, false);  // a model that keeps a state, not a list of tokens
  length_ = 0;
}

void LlamaContext::use_threads(unsigned threads) {
  // The library makes the threads of a call for that call, and none for one: nothing spins between calls.
  const int wanted = static_cast<int>(std::clamp(threads, 1U, static_cast<unsigned>(GGML_MAX_N_THREADS)));
  api_.llama_set_n_threads_(context_, wanted, wanted);
}

bool LlamaContext::gives_vectors() const {
  const enum llama_pooling_type pooling = api_.llama_pooling_type_(context_);
  return pooling != LLAMA_POOLING_TYPE_NONE && pooling != LLAMA_POOLING_TYPE_RANK;  // rank: a score of a pair
}

}  // namespace naru
