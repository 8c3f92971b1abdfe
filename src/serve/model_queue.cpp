#include "serve/model_queue.h"

#include <fmt/format.h>

#include <algorithm>

namespace naru {

namespace {

// At some seconds an answer, the last of these waits for minutes.
constexpr std::size_t kTurnsMax = 64;

}  // namespace

ModelQueue::ModelQueue(Generator& model)
    : model_(model), thread_("serve model", [this](std::stop_token stop) { run(stop); }) {}

ModelQueue::~ModelQueue() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  thread_.request_stop();
}

std::size_t ModelQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return turns_.size();
}

Result<Generation> ModelQueue::generate(const GenerateRequest& request,
                                        const std::function<bool(std::string_view)>& on_text, std::stop_token stop) {
  Turn turn{request, on_text, stop};
  std::unique_lock lock(mutex_);
  if (turns_.size() >= kTurnsMax) {
    return Error(Code::unavailable, fmt::format("{} others wait for the model; try again later", turns_.size()));
  }
  turns_.push_back(&turn);
  changed_.notify_all();
  const auto settled = [&] { return turn.result.has_value() || closed_; };
  changed_.wait(lock, stop, settled);
  // Once it runs, the model has our request in its hands and hears our stop token itself.
  if (turn.running) changed_.wait(lock, [&] { return turn.result.has_value(); });
  if (turn.result) return std::move(*turn.result);
  std::erase(turns_, &turn);
  return Error(Code::cancelled, "stopped while waiting for the model");
}

void ModelQueue::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !turns_.empty(); }) && !stop.stop_requested()) {
    Turn* turn = turns_.front();
    turns_.pop_front();
    turn->running = true;
    lock.unlock();
    Result<Generation> result = model_.generate(turn->request, turn->on_text, turn->stop);
    lock.lock();
    turn->result = std::move(result);
    changed_.notify_all();
  }
}

}  // namespace naru
