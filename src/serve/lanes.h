// Lanes: where requests are answered, so that nothing that waits stands in the server's own thread.
//
// Short work (a search, a document) has threads of its own: it never stands behind an answer that waits for a model.
// All lanes are bounded; what finds its lane full is refused at once. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "runtime/queue.h"
#include "runtime/thread.h"

namespace naru {

enum class Lane : std::uint8_t {
  direct,  // in the server's thread: reads memory and nothing else
  work,    // milliseconds
  answer,  // until a model has written, or embedded, or sources have been looked at
  watch,   // what watches the server: it is told how things are also while both others are full
};

class Lanes {
 public:
  using Job = std::function<void()>;

  Lanes();
  ~Lanes() { stop(); }

  bool submit(Lane lane, Job job);  // false: that lane is full, or stopped
  std::size_t waiting(Lane lane) const;
  void stop();  // ends the jobs that run by their own stop tokens; drops the others

 private:
  bool submit_answer(Job job);

  BoundedQueue<Job> work_, answers_, watch_;
  std::vector<Thread> work_threads_;
  std::atomic<std::size_t> answering_ = 0;  // threads that are not waiting for a job
  std::mutex mutex_;                        // protects answer_threads_
  std::vector<Thread> answer_threads_;
  Thread watch_thread_;
};

}  // namespace naru
