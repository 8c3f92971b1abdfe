// McpQuestions: what a server asks its client, in the revisions with a handshake. A question goes out on the stream of
// the request that it is for; its answer comes as a message of its own. (In 2026-07-28 a result says what is missing,
// and the client asks again.)
//
// Any thread. An id is not to be guessed: who answers is who was asked.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/json.h"

namespace naru {

class McpQuestions {
 public:
  // Says a question by `say` and waits. The message that answers it; none: nobody answered in time, stop was requested,
  // or too many are waited for.
  std::optional<Json> ask(const std::string& method, const Json& params, const std::function<void(const Json&)>& say,
                          std::stop_token stop);
  // Hands an answer to who waits for it. False: nobody does.
  bool settle(const Json& message);

 private:
  std::mutex mutex_;  // protects what follows
  std::condition_variable_any settled_;
  std::map<std::string, std::optional<Json>> open_;  // by id
};

}  // namespace naru
