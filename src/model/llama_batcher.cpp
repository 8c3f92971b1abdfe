#include "model/llama_batcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/core_lease.h"
#include "runtime/clock.h"

namespace naru {

namespace {

// A prompt is read in pieces, and sequences are cut behind whole pieces alone: see LlamaSequences. With fewer tokens
// the library takes another way of attention, by which a prompt takes longer and gets other last bits; with so many or
// more a token's numbers do not depend on how many pieces a call reads (a test compares).
constexpr std::uint32_t kPieceTokens = 64;

// Of one round. Answers that are being written wait for it: where as many or more wait to begin, for the longer time,
// since each round that writes few answers costs nearly what one that writes all does. By the time that the last pieces
// took; a round reads a piece at least. Measured in docs/decisions/0021-batched-streams.md.
constexpr std::uint32_t kPiecesMax = 8;
constexpr double kBesideWritingMs = 250, kBeforeWritingMs = 1000;

// ggml splits the attention of a single token by thread when its cache has 512 places, and makes them by 256.
constexpr std::uint32_t kUnsplitTokens = 256;

// More gain little on the models that fit a CPU, and are more that can be caught by another program's work.
constexpr unsigned kThreadsMax = 8;

}  // namespace

LlamaBatcher::Job::Job(const Request& asked, std::stop_token token)
    : request(asked), stop(std::move(token)), started_ns(system_clock().monotonic_ns()), stream(asked.stop) {
  generation.prompt_tokens = static_cast<std::uint32_t>(asked.prompt.size());
}

Result<std::unique_ptr<LlamaBatcher>> LlamaBatcher::open(std::shared_ptr<const LlamaModel> model,
                                                         const Options& options) {
  auto context = NARU_TRY(LlamaContext::open(
      model, {.use = LlamaUse::generate,
              .context_tokens = options.context_tokens,
              .sequences = options.streams,
              .batch_tokens = std::min(kPieceTokens * kPiecesMax, options.context_tokens)}));
  return std::unique_ptr<LlamaBatcher>(new LlamaBatcher(std::move(context), std::move(model), options));
}

LlamaBatcher::LlamaBatcher(std::unique_ptr<LlamaContext> context, std::shared_ptr<const LlamaModel> model,
                           const Options& options)
    : model_(std::move(model)),
      options_(options),
      context_(std::move(context)),
      sequences_(options.streams),
      thread_("model", [this](std::stop_token stop) { work(stop); }) {}

LlamaBatcher::~LlamaBatcher() = default;

// --- in the thread of whoever asks --------------------------------------------------------------------------------

Result<Generation> LlamaBatcher::run(const Request& request, const std::function<bool(std::string_view)>& on_text,
                                     std::stop_token stop) {
  Job job(request, stop);
  std::unique_lock lock(mutex_);
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  if (waiting_.size() >= options_.waiting_max) {
    return Error(Code::unavailable, fmt::format("{} others wait for the model; try again later", waiting_.size()));
  }
  waiting_.push_back(&job);
  asked_.notify_one();
  std::string said;
  while (true) {
    job.changed.wait(lock, stop, [&] { return !job.text.empty() || job.result.has_value(); });
    if (stop.stop_requested()) return leave(job, lock);
    const std::string text = std::exchange(job.text, {});
    if (text.empty()) break;
    lock.unlock();
    said += text;
    const bool goes_on = !on_text || on_text(text);
    lock.lock();
    if (goes_on) continue;
    job.refused = true;
    job.changed.wait(lock, [&] { return job.result.has_value(); });
    if (*job.result) (*job.result)->finish_reason = "cancelled";
    break;
  }
  if (*job.result) (*job.result)->text = std::move(said);
  return std::move(*job.result);
}

// Who still waits goes at once; who runs, when the owner's thread has let go.
Error LlamaBatcher::leave(Job& job, std::unique_lock<std::mutex>& lock) {
  if (std::erase(waiting_, &job) == 0) job.changed.wait(lock, [&] { return job.result.has_value(); });
  return {Code::cancelled, "stopped"};
}

// --- in the owner's thread ----------------------------------------------------------------------------------------

void LlamaBatcher::work(std::stop_token stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!asked_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
    }
    const CoreLease lease = CoreLease::take(options_.threads == 0 ? kThreadsMax : options_.threads);
    do {
      round(lease.cores());
    } while (!running_.empty());
  }
}

void LlamaBatcher::round(unsigned cores) {
  admit();
  drop_stopped();
  write_tokens(cores);
  read_prompts(cores);
}

// Whoever came first reads first, and then others, as far as the round's share of prompts goes.
void LlamaBatcher::read_prompts(unsigned cores) {
  const auto is_reading = [](const Job* job) { return job->next == LLAMA_TOKEN_NULL; };
  const auto readers = std::count_if(running_.begin(), running_.end(), is_reading);
  const auto writers = static_cast<std::ptrdiff_t>(running_.size()) - readers;
  const double time_ms = readers >= writers ? kBeforeWritingMs : kBesideWritingMs;
  const double pieces = piece_ms_ > 0 ? std::clamp(time_ms / piece_ms_, 1.0, double{kPiecesMax}) : 1.0;
  std::size_t left = static_cast<std::size_t>(pieces) * kPieceTokens;
  while (left > 0) {
    const auto reading = std::find_if(running_.begin(), running_.end(), is_reading);
    if (reading == running_.end()) return;
    const std::span<const llama_token> chunk = next_of_prompt(**reading, left);
    if (chunk.empty()) return;
    left -= chunk.size();
    read_pieces(**reading, chunk, cores);
  }
}

void LlamaBatcher::admit() {
  while (running_.size() < options_.streams) {
    Job* job = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      job = waiting_.front();
      waiting_.pop_front();
    }
    running_.push_back(job);
    begin(*job);
  }
}

void LlamaBatcher::begin(Job& job) {
  const LlamaSequences::Place place = *sequences_.take(job.request.prompt);  // one is free: fewer run than there are
  job.sequence = place.sequence;
  if (place.copy_of) context_->copy(*place.copy_of, job.sequence);
  context_->cut(job.sequence, place.reused);
  job.generation.cached_tokens = context_->length(job.sequence);
  sequences_.keep(job.sequence, job.generation.cached_tokens);
}

void LlamaBatcher::drop_stopped() {
  std::vector<Job*> refused, stopped;
  {
    const std::lock_guard lock(mutex_);
    for (Job* job : running_) {
      if (job->stop.stop_requested()) {
        stopped.push_back(job);
      } else if (job->refused) {
        refused.push_back(job);
      }
    }
  }
  for (Job* job : stopped) end(*job, Error(Code::cancelled, "stopped"));
  for (Job* job : refused) finish(*job, "cancelled");
}

void LlamaBatcher::write_tokens(unsigned cores) {
  std::vector<Job*> writing;
  for (Job* job : running_) {
    if (job->next != LLAMA_TOKEN_NULL) writing.push_back(job);
  }
  if (writing.empty()) return;
  std::sort(writing.begin(), writing.end(), [](const Job* a, const Job* b) { return a->sequence < b->sequence; });
  std::vector<LlamaContext::Next> next;
  for (const Job* job : writing) next.push_back({job->sequence, job->next, job->stop});
  use_threads(next.size(), context_->length(writing.front()->sequence), cores);
  if (const Status done = context_->append_each(next); !done) {
    for (Job* job : writing) end(*job, done.error());
    return;
  }
  for (std::size_t place = 0; place < writing.size(); ++place) {
    sequences_.wrote(writing[place]->sequence, next[place].token);
    choose_next(*writing[place], place);
  }
}

// At most so many tokens: whole pieces, or what is left behind them. None: it would have to be part of that.
std::span<const llama_token> LlamaBatcher::next_of_prompt(const Job& job, std::size_t tokens_max) const {
  const auto rest = std::span(job.request.prompt).subspan(context_->length(job.sequence));
  const std::size_t most = std::min<std::size_t>(tokens_max, context_->options().batch_tokens);
  if (rest.size() < kPieceTokens || most < kPieceTokens) return rest.first(rest.size() <= most ? rest.size() : 0);
  return rest.first(std::min(rest.size(), most) / kPieceTokens * kPieceTokens);
}

void LlamaBatcher::read_pieces(Job& job, std::span<const llama_token> chunk, unsigned cores) {
  const std::uint32_t from = context_->length(job.sequence);
  const bool last = from + chunk.size() == job.request.prompt.size();
  use_threads(chunk.size(), from, cores);
  const auto logits = last ? LlamaContext::Logits::of_last : LlamaContext::Logits::none;
  const std::int64_t started_ns = system_clock().monotonic_ns();
  if (const Status done = context_->append(job.sequence, chunk, logits, job.stop); !done) {
    return end(job, done.error());
  }
  if (chunk.size() >= kPieceTokens) {
    const double took_ms = elapsed_ms(started_ns, system_clock().monotonic_ns());
    piece_ms_ = took_ms * kPieceTokens / static_cast<double>(chunk.size());
  }
  sequences_.read(job.sequence, chunk, kPieceTokens);
  if (last) choose_next(job, context_->last_place());
}

void LlamaBatcher::choose_next(Job& job, std::size_t place) {
  const Result<llama_token> token = job.request.sampler.next(*context_, place);
  const Status taken = token ? take_token(job, *token) : Status(token.error());
  if (!taken) end(job, taken.error());
}

Status LlamaBatcher::take_token(Job& job, llama_token token) {
  Generation& generation = job.generation;
  if (generation.completion_tokens == 0) {
    generation.first_token_ms = elapsed_ms(job.started_ns, system_clock().monotonic_ns());
  }
  ++generation.completion_tokens;
  job.next = token;
  if (model_->ends_generation(token)) {
    finish(job, "stop");
    return {};
  }
  say(job, job.stream.push(NARU_TRY(model_->piece(token))));
  const bool full = generation.completion_tokens >= job.request.max_tokens ||
                    context_->length(job.sequence) == options_.context_tokens;
  if (job.stream.stopped() || full) finish(job, job.stream.stopped() ? "stop" : "length");
  return {};
}

void LlamaBatcher::say(Job& job, const std::string& text) {
  if (text.empty()) return;
  const std::lock_guard lock(mutex_);
  job.text += text;  // as much as its context has room for tokens
  job.changed.notify_one();
}

void LlamaBatcher::finish(Job& job, const char* reason) {
  say(job, job.stream.finish());
  job.generation.finish_reason = reason;
  end(job, std::move(job.generation));
}

// The job is gone when this returns.
void LlamaBatcher::end(Job& job, Result<Generation> result) {
  sequences_.give_back(job.sequence);
  std::erase(running_, &job);
  const std::lock_guard lock(mutex_);
  job.result = std::move(result);
  job.changed.notify_one();
}

// Threads of one call wait for each other by spinning: where another program has a core, two are slower than one by
// far. So before each call it is looked whether cores are idle. An answer must not depend on that: single tokens behind
// a long prompt, whose attention the library splits by thread, get one thread.
void LlamaBatcher::use_threads(std::size_t tokens, std::uint32_t length, unsigned cores) {
  if (options_.threads != 0) return context_->use_threads(options_.threads);
  const bool split = tokens == 1 && length + 1 > kUnsplitTokens;
  context_->use_threads(split || cores == 1 ? 1 : std::min(cores, idle_cores()));
}

}  // namespace naru
