// BoundedQueue: the only way that threads hand work to each other. Named and bounded: a full queue is back-pressure.
//
// push() waits while it is full, pop() while it is empty; both return early when stop is requested or after close().
// Any number of producers and consumers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace naru {

template <class T>
class BoundedQueue {
 public:
  BoundedQueue(std::string name, std::size_t capacity) : name_(std::move(name)), capacity_(capacity) {}

  // False: closed or stopped, the value was not taken.
  bool push(T value, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!not_full_.wait(lock, stop, [&] { return closed_ || values_.size() < capacity_; }) || closed_) return false;
    values_.push_back(std::move(value));
    not_empty_.notify_one();
    return true;
  }

  // As push(), and never waits. False: it is full or closed.
  bool try_push(T value) {
    const std::lock_guard lock(mutex_);
    if (closed_ || values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    not_empty_.notify_one();
    return true;
  }

  // Nothing: closed and empty, or stopped.
  std::optional<T> pop(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!not_empty_.wait(lock, stop, [&] { return closed_ || !values_.empty(); }) || values_.empty()) return {};
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    not_full_.notify_one();
    return value;
  }

  // No more pushes; what is inside can still be popped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  const std::size_t capacity_;

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable_any not_full_, not_empty_;
  std::deque<T> values_;
  bool closed_ = false;
};

}  // namespace naru
