#include "serve/mcp_questions.h"

#include <chrono>

#include "runtime/random.h"

namespace naru {

namespace {

constexpr std::size_t kQuestionsMax = 64;          // each holds a thread
constexpr std::int64_t kAnswerMsMax = 5 * 60'000;  // a person fills in a form
constexpr std::size_t kIdBytes = 16;

}  // namespace

std::optional<Json> McpQuestions::ask(const std::string& method, const Json& params,
                                      const std::function<void(const Json&)>& say, std::stop_token stop) {
  const std::string id = random_hex(kIdBytes);
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() == kQuestionsMax) return std::nullopt;
    open_[id] = std::nullopt;
  }
  say({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
  std::unique_lock lock(mutex_);
  settled_.wait_for(lock, std::move(stop), std::chrono::milliseconds(kAnswerMsMax),
                    [&] { return open_[id].has_value(); });
  std::optional<Json> answer = std::move(open_[id]);
  open_.erase(id);
  return answer;
}

bool McpQuestions::settle(const Json& message) {
  if (message.contains("method")) return false;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(text_at(message, "id"));
  if (found == open_.end() || found->second) return false;
  found->second = message;
  settled_.notify_all();
  return true;
}

}  // namespace naru
