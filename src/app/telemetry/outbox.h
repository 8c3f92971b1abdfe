// Outbox: what is told to the outside while a run goes on, and never holds it up. What is put in is handed on in its
// order by a thread of the outbox's own; what finds it full, or could not be handed on, is counted as lost.
//
// put() from any thread; close() once, from the owner's. `deliver` and `on_failure` are called in the outbox's thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "naru/result.h"
#include "runtime/clock.h"
#include "runtime/queue.h"
#include "runtime/thread.h"

namespace naru {

struct OutboxLimits {
  std::size_t waiting_max = 256;
  std::size_t together_max = 1;     // so many are handed on at once
  std::int64_t gather_ms = 0;       // after the first, others are waited for so long
  std::int64_t close_ms_max = 3000; // how long the end of a program may wait for what is left
};

template <class T>
class Outbox {
 public:
  using Deliver = std::function<Status(const std::vector<T>& values, const std::stop_token& stop)>;
  using OnFailure = std::function<void(const Error& error)>;  // the first one

  Outbox(std::string name, const OutboxLimits& limits, Deliver deliver, OnFailure on_failure)
      : limits_(limits), deliver_(std::move(deliver)), on_failure_(std::move(on_failure)),
        queue_(name, limits.waiting_max), thread_(name, [this](const std::stop_token& stop) { work(stop); }) {}
  ~Outbox() { close(); }
  Outbox(const Outbox&) = delete;

  void put(T value) {
    if (!queue_.try_push(std::move(value))) ++lost_;
  }

  // Hands on what is left as far as the time allows. How many were lost, all in all.
  std::uint64_t close() {
    queue_.close();
    hurry_.request_stop();
    {
      std::unique_lock lock(mutex_);
      ended_.wait_for(lock, std::chrono::milliseconds(limits_.close_ms_max), [this] { return has_ended_; });
    }
    thread_.request_stop();
    thread_.join();
    return lost_;
  }

 private:
  void work(const std::stop_token& stop) {
    std::vector<T> values;
    while (std::optional<T> first = queue_.pop(stop)) {
      values.push_back(std::move(*first));
      if (limits_.gather_ms > 0 && queue_.size() + 1 < limits_.together_max) {
        system_clock().sleep_ms(limits_.gather_ms, hurry_.get_token());
      }
      while (values.size() < limits_.together_max && queue_.size() > 0) values.push_back(*queue_.pop());
      hand_on(values, stop);
      values.clear();
    }
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  }

  void hand_on(const std::vector<T>& values, const std::stop_token& stop) {
    const Status status = stop.stop_requested() ? Status(Error(Code::cancelled, "stopped")) : deliver_(values, stop);
    if (status) return;
    lost_ += values.size();
    if (!has_failed_ && status.error().code() != Code::cancelled) on_failure_(status.error());
    has_failed_ = has_failed_ || status.error().code() != Code::cancelled;
  }

  const OutboxLimits limits_;
  const Deliver deliver_;
  const OnFailure on_failure_;
  BoundedQueue<T> queue_;
  std::atomic<std::uint64_t> lost_ = 0;
  std::stop_source hurry_;
  bool has_failed_ = false;  // of the thread

  std::mutex mutex_;  // protects has_ended_
  std::condition_variable ended_;
  bool has_ended_ = false;
  Thread thread_;  // last: it uses all of these
};

}  // namespace naru
