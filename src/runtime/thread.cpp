#include "runtime/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "runtime/files.h"
#include "runtime/trace.h"

namespace naru {

Thread::Thread(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body), at = open_span()](std::stop_token stop) {
        begin_below(at);
        ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());  // the kernel keeps 15 bytes
        sigset_t all;
        ::sigfillset(&all);  // signals are the main thread's business
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        body(stop);
      }) {}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

unsigned idle_cores() {
  constexpr std::size_t kLineBytesMax = 256;
  const auto line = read_file("/proc/loadavg", kLineBytesMax);  // "0.20 0.18 0.12 1/80 11206": runnable/all threads
  if (!line) return 1;
  const std::size_t slash = line->find('/');
  const std::size_t from = slash == std::string::npos ? slash : line->rfind(' ', slash);
  if (from == std::string::npos) return 1;
  unsigned runnable = 0;
  std::from_chars(line->data() + from + 1, line->data() + slash, runnable);
  const unsigned others = runnable > 0 ? runnable - 1 : 0;  // one of them is asking
  const unsigned cores = usable_cores();
  return others < cores ? cores - others : 1;
}

void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) body(i);
  };
  std::vector<Thread> others;
  const std::size_t wanted = std::min<std::size_t>(threads, count);
  for (std::size_t i = 1; i < wanted; ++i) {
    others.emplace_back("parallel", [&](std::stop_token) { work(); });
  }
  work();
}

}  // namespace naru
