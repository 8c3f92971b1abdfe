#include "serve/lanes.h"

namespace naru {

namespace {

// With the server's thread, the model's and two of the program itself: eight in all.
constexpr unsigned kWorkThreads = 2;
constexpr unsigned kAnswerThreads = 3;  // one answer is written, evidence is found for the next two

constexpr std::size_t kWorkMax = 512;    // some seconds of work
constexpr std::size_t kAnswersMax = 64;  // who would be answered after minutes is better told so

}  // namespace

Lanes::Lanes() : work_("serve work", kWorkMax), answers_("serve answers", kAnswersMax) {
  start("serve work", work_, kWorkThreads);
  start("serve answer", answers_, kAnswerThreads);
}

void Lanes::start(const std::string& name, BoundedQueue<Job>& queue, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    threads_.emplace_back(name, [&queue](std::stop_token stop) {
      while (const std::optional<Job> job = queue.pop(stop)) (*job)();
    });
  }
}

bool Lanes::submit(Lane lane, Job job) {
  switch (lane) {
    case Lane::work: return work_.try_push(std::move(job));
    case Lane::answer: return answers_.try_push(std::move(job));
    case Lane::direct: break;
  }
  job();
  return true;
}

std::size_t Lanes::waiting(Lane lane) const {
  return lane == Lane::work ? work_.size() : lane == Lane::answer ? answers_.size() : 0;
}

void Lanes::stop() {
  work_.close();
  answers_.close();
  threads_.clear();  // requests stop and joins
}

}  // namespace naru
