// LlamaBatcher: one thread that owns a context, and the answers that it writes side by side (continuous batching).
//
// Each request has a sequence of the context. A round of the thread computes the next token of all that are being
// written, in one call, and then some of the prompt that came first: a small piece where others are writing, so that
// their text goes on, and more where nobody waits for it. Requests beyond the context's sequences wait in the order in
// which they came.
//
// run() may be called from any thread; text reaches its caller in the caller's own thread, and one who takes it slowly
// holds up nobody. What an answer depends on beside its request is said in docs/decisions/0021-batched-streams.md.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <span>
#include <string>
#include <vector>

#include "model/llama_context.h"
#include "model/llama_sampler.h"
#include "model/llama_sequences.h"
#include "model/llama_stream.h"
#include "naru/model.h"
#include "naru/result.h"
#include "runtime/thread.h"

namespace naru {

class LlamaBatcher {
 public:
  struct Options {
    std::uint32_t context_tokens = 0;  // of each stream
    std::uint32_t streams = 1;
    unsigned threads = 0;  // of a call; 0: leased
    std::size_t waiting_max = 64;  // beside those that run; at some seconds an answer, the last waits for minutes
  };
  // As LlamaContext::open().
  static Result<std::unique_ptr<LlamaBatcher>> open(std::shared_ptr<const LlamaModel> model, const Options& options);
  // Nobody may be in run() any more.
  ~LlamaBatcher();
  LlamaBatcher(const LlamaBatcher&) = delete;

  struct Request {
    const std::vector<llama_token>& prompt;  // fewer than context_tokens, at least one
    LlamaSampler& sampler;
    const std::vector<std::string>& stop;
    std::uint32_t max_tokens = 0;
  };
  // Until its answer is written. cancelled: `stop` asked for it; unavailable: too many wait already; what the library
  // refuses. Times are left out of the result but for first_token_ms, from when it was called.
  Result<Generation> run(const Request& request, const std::function<bool(std::string_view)>& on_text,
                         std::stop_token stop);

 private:
  // On the stack of the run() that waits for it.
  struct Job {
    Job(const Request& asked, std::stop_token token);

    const Request& request;
    const std::stop_token stop;
    const std::int64_t started_ns;

    // Of the owner's thread.
    std::uint32_t sequence = 0;
    llama_token next = LLAMA_TOKEN_NULL;  // chosen and not yet computed; null: the prompt is still being read
    TextStream stream;
    Generation generation;

    // Under the mutex.
    std::condition_variable_any changed;
    std::string text;       // written, and not yet taken
    bool refused = false;   // its reader wants no more
    std::optional<Result<Generation>> result;
  };

  LlamaBatcher(std::unique_ptr<LlamaContext> context, std::shared_ptr<const LlamaModel> model, const Options& options);
  Error leave(Job& job, std::unique_lock<std::mutex>& lock);

  void work(std::stop_token stop);
  void round(unsigned cores);
  void admit();
  void begin(Job& job);
  void drop_stopped();
  void write_tokens(unsigned cores);
  void read_prompts(unsigned cores);
  std::span<const llama_token> next_of_prompt(const Job& job, std::size_t tokens_max) const;
  void read_pieces(Job& job, std::span<const llama_token> chunk, unsigned cores);
  void choose_next(Job& job, std::size_t place);
  Status take_token(Job& job, llama_token token);
  void say(Job& job, const std::string& text);
  void finish(Job& job, const char* reason);
  void end(Job& job, Result<Generation> result);
  void use_threads(std::size_t tokens, std::uint32_t length, unsigned cores);

  const std::shared_ptr<const LlamaModel> model_;
  const Options options_;

  // Of the owner's thread.
  const std::unique_ptr<LlamaContext> context_;
  LlamaSequences sequences_;
  std::vector<Job*> running_;  // in the order in which they came
  double piece_ms_ = 0;        // what a piece of a prompt took last; 0: none was read yet

  std::mutex mutex_;  // protects what follows, and parts of a job
  std::condition_variable_any asked_;
  std::deque<Job*> waiting_;

  Thread thread_;  // last: it ends before what it uses
};

}  // namespace naru
