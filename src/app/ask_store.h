// One question to one answer, kept for `naru why`: the same for `naru ask` and for every way into the server.
//
// Any thread; what it is lent outlives the call.
#pragma once

#include <functional>
#include <string>

#include "app/engine.h"
#include "generate/answer.h"

namespace naru {

struct AskSetting {
  Store& store;
  const Engine::Searcher& searcher;
  const Config& config;
  OpenGenerator open_generator;                     // empty: the documents' own sentences
  std::function<void(const std::string&)> note;     // for whoever runs the program
};

// Errors of retrieval, and cancelled. A refusal is an answer.
Result<Answer> ask_store(const AskSetting& setting, AskRequest request, const Principal& principal,
                         const AskEvents& events, std::stop_token stop);

// Where nothing has been taken in yet, nothing can be known.
Answer refuse_unasked(const AskRequest& request);

}  // namespace naru
