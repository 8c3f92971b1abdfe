// ModelQueue: one model, one thread that asks it, and those who wait for it in the order in which they came.
//
// A Generator like any other, from any thread: generate() waits for its turn and returns when its text is written. Who
// stops waiting leaves the queue at once. The model is lent and outlives it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "naru/model.h"
#include "runtime/thread.h"

namespace naru {

class ModelQueue : public Generator {
 public:
  explicit ModelQueue(Generator& model);
  ~ModelQueue() override;

  const ModelInfo& info() const override { return model_.info(); }
  std::size_t count_tokens(std::string_view text) const override { return model_.count_tokens(text); }
  // unavailable: too many wait already. `on_text` is called from the model's thread while the caller waits.
  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override;
  std::size_t waiting() const;

 private:
  struct Turn {
    const GenerateRequest& request;
    const std::function<bool(std::string_view)>& on_text;
    const std::stop_token stop;
    bool running = false;
    std::optional<Result<Generation>> result;
  };

  void run(std::stop_token stop);

  Generator& model_;
  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable_any changed_;
  std::deque<Turn*> turns_;  // each on the stack of the generate() that waits for it
  bool closed_ = false;
  Thread thread_;  // last: it ends before what it uses
};

}  // namespace naru
