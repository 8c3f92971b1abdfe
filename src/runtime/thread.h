// Threads: started here and nowhere else, named, joined by their owner.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace naru {

// A joined thread with a name that debuggers show. Movable; the destructor requests stop and joins.
class Thread {
 public:
  Thread() = default;
  Thread(std::string name, std::function<void(std::stop_token)> body);
  void request_stop() { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  bool joinable() const { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

// Cores that this process may use, at least 1 (affinity respected).
unsigned usable_cores();

// Of these, how many nobody else computes on at this moment: less the machine's other runnable threads, at least 1. A
// guess that is old at once; for work that several threads only speed up where no core is shared.
unsigned idle_cores();

// Runs body(0..count-1) on up to `threads` threads (the caller is one of them); returns when all are done. With one
// thread everything runs in the caller, in order.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body);

}  // namespace naru
