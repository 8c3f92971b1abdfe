// OrderedPool: work goes to several threads, results come back in the order of submission.
//
// submit(), take() and has_result() from the owner's thread only. With one thread the work runs inside submit(), so
// that a whole flow can run in one thread. At most `capacity` pieces are on their way; submitting more waits for a
// thread (back-pressure), never for take().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "runtime/queue.h"
#include "runtime/thread.h"

namespace naru {

template <class Input, class Output>
class OrderedPool {
 public:
  using Work = std::function<Output(Input, unsigned worker)>;

  OrderedPool(std::string name, unsigned threads, std::size_t capacity, Work work)
      : work_(std::move(work)), queue_(name, capacity) {
    for (unsigned worker = 0; threads > 1 && worker < threads; ++worker) {
      threads_.emplace_back(name, [this, worker](std::stop_token) { serve(worker); });
    }
  }
  ~OrderedPool() { queue_.close(); }  // then threads_ joins
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;

  void submit(Input input) {
    slots_.push_back(std::make_shared<Slot>(std::move(input)));
    if (threads_.empty()) {
      slots_.back()->output = work_(std::move(slots_.back()->input), 0);
    } else {
      queue_.push(slots_.back());
    }
  }

  std::size_t size() const { return slots_.size(); }

  bool has_result() const {
    if (slots_.empty()) return false;
    const std::lock_guard lock(mutex_);
    return slots_.front()->output.has_value();
  }

  // Waits for the oldest. There must be one.
  Output take() {
    const std::shared_ptr<Slot> slot = std::move(slots_.front());
    slots_.pop_front();
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return slot->output.has_value(); });
    return std::move(*slot->output);
  }

 private:
  struct Slot {
    explicit Slot(Input given) : input(std::move(given)) {}
    Input input;
    std::optional<Output> output;  // under mutex_ once the slot is queued
  };

  void serve(unsigned worker) {
    while (std::optional<std::shared_ptr<Slot>> slot = queue_.pop()) {
      Output output = work_(std::move((*slot)->input), worker);
      const std::lock_guard lock(mutex_);
      (*slot)->output = std::move(output);
      finished_.notify_one();
    }
  }

  const Work work_;
  std::deque<std::shared_ptr<Slot>> slots_;  // of the owner's thread
  BoundedQueue<std::shared_ptr<Slot>> queue_;

  mutable std::mutex mutex_;  // protects outputs
  std::condition_variable finished_;
  std::vector<Thread> threads_;
};

}  // namespace naru
