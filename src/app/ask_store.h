// One question to one answer, kept for `naru why` and in its room: the same for `naru ask` and for every way into the
// server.
//
// Any thread; what it is lent outlives the call.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/engine.h"
#include "generate/answer.h"
#include "store/rooms.h"

namespace naru {

struct AskSetting {
  Store& store;
  const Engine::Searcher& searcher;
  const Config& config;
  OpenGenerator open_generator;                     // empty: the documents' own sentences
  std::function<void(const std::string&)> note;     // for whoever runs the program
};

// Errors of retrieval and of the room, and cancelled. A refusal is an answer. In a room, which is made where it is not
// there, what was said before is the history of the request, and the answer becomes its last turn.
Result<Answer> ask_store(const AskSetting& setting, AskRequest request, const std::optional<std::string>& room,
                         const Principal& principal, const AskEvents& events, std::stop_token stop);

// Where nothing has been taken in yet, nothing can be known.
Answer refuse_unasked(const AskRequest& request);

}  // namespace naru
