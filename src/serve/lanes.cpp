#include "serve/lanes.h"

namespace naru {

namespace {

constexpr unsigned kWorkThreads = 2;

// An answer holds its thread until the model has written it: as many as a model writes at once at most, and two for
// which evidence is found meanwhile. Each is started when it is first needed.
constexpr std::size_t kAnswerThreadsMax = 18;

constexpr std::size_t kWorkMax = 512;    // some seconds of work
constexpr std::size_t kAnswersMax = 64;  // who would be answered after minutes is better told so
constexpr std::size_t kWatchMax = 16;    // more than ask within one interval of a scrape

}  // namespace

Lanes::Lanes()
    : work_("serve work", kWorkMax), answers_("serve answers", kAnswersMax), watch_("serve watch", kWatchMax) {
  for (unsigned i = 0; i < kWorkThreads; ++i) {
    work_threads_.emplace_back("serve work", [this](std::stop_token stop) {
      while (const std::optional<Job> job = work_.pop(stop)) (*job)();
    });
  }
  watch_thread_ = Thread("serve watch", [this](std::stop_token stop) {
    while (const std::optional<Job> job = watch_.pop(stop)) (*job)();
  });
}

bool Lanes::submit(Lane lane, Job job) {
  switch (lane) {
    case Lane::work: return work_.try_push(std::move(job));
    case Lane::answer: return submit_answer(std::move(job));
    case Lane::watch: return watch_.try_push(std::move(job));
    case Lane::direct: break;
  }
  job();
  return true;
}

bool Lanes::submit_answer(Job job) {
  if (!answers_.try_push(std::move(job))) return false;
  const std::lock_guard lock(mutex_);
  const bool enough = answering_ + answers_.size() <= answer_threads_.size();
  if (enough || answer_threads_.size() == kAnswerThreadsMax) return true;
  answer_threads_.emplace_back("serve answer", [this](std::stop_token stop) {
    while (const std::optional<Job> next = answers_.pop(stop)) {
      ++answering_;
      (*next)();
      --answering_;
    }
  });
  return true;
}

std::size_t Lanes::waiting(Lane lane) const {
  return lane == Lane::work ? work_.size() : lane == Lane::answer ? answers_.size() : 0;
}

void Lanes::stop() {
  work_.close();
  answers_.close();
  watch_.close();
  work_threads_.clear();  // requests stop and joins
  watch_thread_ = Thread();
  std::vector<Thread> answering;
  {
    const std::lock_guard lock(mutex_);
    answering.swap(answer_threads_);
  }
}

}  // namespace naru
