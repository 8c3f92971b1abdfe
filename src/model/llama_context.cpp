#include "model/llama_context.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

constexpr int kAborted = 2;  // llama_decode: the abort callback said so
constexpr int kNoRoom = 1;   // llama_decode: the sequence is full

llama_context_params params_for(const LlamaLibrary& api, const LlamaContextOptions& options) {
  llama_context_params params = api.llama_context_default_params_();
  params.n_ctx = options.context_tokens * options.sequences;
  params.n_batch = params.n_ubatch = options.batch_tokens;
  params.n_seq_max = options.sequences;
  params.kv_unified = false;
  params.n_threads = params.n_threads_batch = static_cast<std::int32_t>(options.threads);
  params.flash_attn_type = options.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.embeddings = options.use == LlamaUse::embed;
  params.no_perf = true;
  // One token's logits a sequence are asked for: without this, room for batch_tokens x vocabulary is reserved.
  if (options.use == LlamaUse::generate) params.n_outputs_max = options.sequences;
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
      lengths_(options.sequences),
      tokens_(options.batch_tokens),
      positions_(options.batch_tokens),
      sequence_counts_(options.batch_tokens, 1),
      sequences_(options.batch_tokens),
      outputs_(options.batch_tokens) {
  for (llama_seq_id& sequence : sequences_) sequence_lists_.push_back(&sequence);
}

Result<std::unique_ptr<LlamaContext>> LlamaContext::open(std::shared_ptr<const LlamaModel> model,
                                                         const LlamaContextOptions& options) {
  if (options.batch_tokens == 0 || options.context_tokens < options.batch_tokens || options.threads == 0 ||
      options.threads > GGML_MAX_N_THREADS) {
    return Error(Code::invalid_argument, fmt::format("a context of {} tokens with batches of {} on {} threads",
                                                     options.context_tokens, options.batch_tokens, options.threads));
  }
  const std::uint64_t room = std::uint64_t{options.context_tokens} * options.sequences;
  if (options.sequences == 0 || options.sequences > std::min(options.batch_tokens, kLlamaSequencesMax) ||
      room > static_cast<std::uint64_t>(INT32_MAX)) {
    return Error(Code::invalid_argument,
                 fmt::format("{} sequences of {} tokens", options.sequences, options.context_tokens));
  }
  std::unique_ptr<LlamaContext> made(new LlamaContext(std::move(model), options));
  take_llama_reason();
  made->context_ = NARU_TRY(guard_llama("opening a context", [&] {
    return made->api_.llama_init_from_model_(made->model_->handle(), params_for(made->api_, options));
  }));
  if (made->context_ == nullptr) {
    return Error(Code::limit_exceeded, fmt::format("no context of {} tokens can be made{}", room, take_llama_reason()));
  }
  const auto stopped = [](void* context) { return static_cast<const LlamaContext*>(context)->stopped(); };
  made->api_.llama_set_abort_callback_(made->context_, stopped, made.get());
  return made;
}

LlamaContext::~LlamaContext() {
  if (context_ != nullptr) api_.llama_free_(context_);
}

bool LlamaContext::stopped() const {
  return std::all_of(stops_.begin(), stops_.end(), [](const std::stop_token& stop) { return stop.stop_requested(); });
}

Status LlamaContext::check(std::uint32_t sequence, std::span<const llama_token> tokens) const {
  if (tokens.empty() || tokens.size() > options_.batch_tokens) {
    return Error(Code::limit_exceeded,
                 fmt::format("{} tokens for a model that takes 1 to {} at once", tokens.size(), options_.batch_tokens));
  }
  if (sequence >= options_.sequences) {
    return Error(Code::invalid_argument, fmt::format("the sequence {} of {}", sequence, options_.sequences));
  }
  if (tokens.size() > options_.context_tokens - lengths_[sequence]) {
    return Error(Code::limit_exceeded, fmt::format("{} tokens on top of {} are more than the context of {}",
                                                   tokens.size(), lengths_[sequence], options_.context_tokens));
  }
  for (const llama_token token : tokens) {
    if (model_->valid(token)) continue;
    return Error(Code::invalid_argument,
                 fmt::format("the token {} is not in a vocabulary of {}", token, model_->vocabulary_size()));
  }
  return {};
}

void LlamaContext::put(std::size_t place, std::uint32_t sequence, llama_token token, std::uint32_t position,
                       bool output) {
  tokens_[place] = token;
  positions_[place] = static_cast<llama_pos>(position);
  sequences_[place] = static_cast<llama_seq_id>(sequence);
  outputs_[place] = output ? 1 : 0;
}

llama_batch LlamaContext::batch_of(std::size_t count) {
  return {.n_tokens = static_cast<std::int32_t>(count),
          .token = tokens_.data(),
          .embd = nullptr,
          .pos = positions_.data(),
          .n_seq_id = sequence_counts_.data(),
          .seq_id = sequence_lists_.data(),
          .logits = outputs_.data()};
}

Result<std::span<const float>> LlamaContext::embed(std::span<const llama_token> tokens, std::stop_token stop) {
  constexpr std::uint32_t kSequence = 0;
  lengths_[kSequence] = 0;
  NARU_TRY(check(kSequence, tokens));
  stops_ = {stop};
  for (std::uint32_t i = 0; i < tokens.size(); ++i) put(i, kSequence, tokens[i], i, true);  // all of them are pooled
  const llama_batch batch = batch_of(tokens.size());
  llama_memory_t memory = api_.llama_get_memory_(context_);
  const int status = NARU_TRY(guard_llama("embedding", [&] {
    if (memory == nullptr) return api_.llama_encode_(context_, batch);
    api_.llama_memory_clear_(memory, false);
    return api_.llama_decode_(context_, batch);
  }));
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  if (status != 0) return failure("embedding", status);
  const float* vector = api_.llama_get_embeddings_seq_(context_, kSequence);
  if (vector == nullptr) return Error(Code::internal, "the model library gave no vector");
  return std::span<const float>(vector, model_->dims());
}

Status LlamaContext::append(std::uint32_t sequence, std::span<const llama_token> tokens, Logits logits,
                            std::stop_token stop) {
  NARU_TRY(check(sequence, tokens));
  stops_ = {std::move(stop)};
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    const bool output = logits == Logits::of_last && i + 1 == tokens.size();
    put(i, sequence, tokens[i], lengths_[sequence] + i, output);
  }
  if (const Status done = decode(tokens.size()); !done) {
    cut(sequence, lengths_[sequence]);  // what of the batch was computed
    return done;
  }
  lengths_[sequence] += static_cast<std::uint32_t>(tokens.size());
  return {};
}

Status LlamaContext::append_each(std::span<const Next> next) {
  stops_.clear();
  for (std::size_t i = 0; i < next.size(); ++i) {
    NARU_TRY(check(next[i].sequence, std::span(&next[i].token, 1)));
    if (i > 0 && next[i].sequence <= next[i - 1].sequence) {
      return Error(Code::invalid_argument, "sequences that do not rise");
    }
    put(i, next[i].sequence, next[i].token, lengths_[next[i].sequence], true);
    stops_.push_back(next[i].stop);
  }
  if (next.empty()) return Error(Code::invalid_argument, "no tokens");
  if (const Status done = decode(next.size()); !done) {
    for (const Next& one : next) cut(one.sequence, lengths_[one.sequence]);
    return done;
  }
  for (const Next& one : next) ++lengths_[one.sequence];
  return {};
}

Status LlamaContext::decode(std::size_t count) {
  last_place_ = count - 1;
  const llama_batch batch = batch_of(count);
  const int status = NARU_TRY(guard_llama("generating", [&] { return api_.llama_decode_(context_, batch); }));
  if (status != 0) return failure("generating", status);
  return {};
}

std::span<const float> LlamaContext::logits(std::size_t place) const {
  const float* values = api_.llama_get_logits_ith_(context_, static_cast<std::int32_t>(place));
  if (values == nullptr) return {};
  return {values, model_->vocabulary_size()};
}

void LlamaContext::cut(std::uint32_t sequence, std::uint32_t length) {
  lengths_[sequence] = std::min(length, lengths_[sequence]);
  llama_memory_t memory = api_.llama_get_memory_(context_);
  const auto id = static_cast<llama_seq_id>(sequence);
  const auto from = static_cast<llama_pos>(lengths_[sequence]);
  if (memory == nullptr || api_.llama_memory_seq_rm_(memory, id, from, -1)) return;
  api_.llama_memory_seq_rm_(memory, id, -1, -1);  // a model that keeps a state, not a list of tokens
  lengths_[sequence] = 0;
}

void LlamaContext::copy(std::uint32_t from, std::uint32_t to) {
  llama_memory_t memory = api_.llama_get_memory_(context_);
  if (memory == nullptr || from == to) return;
  cut(to, 0);
  api_.llama_memory_seq_cp_(memory, static_cast<llama_seq_id>(from), static_cast<llama_seq_id>(to), -1, -1);
  lengths_[to] = lengths_[from];
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
