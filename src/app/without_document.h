// What flows could not process, and what their steps left out, wherever they lead: items of knowledge bases from the
// store, of other targets from these themselves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/engine.h"

namespace naru {

// (flow, reject), by flow and key; of drops the code and message are those of flow/drop.h.
struct WithoutDocument {
  std::vector<std::pair<std::string, Reject>> rejected, dropped;
};

// `store`: null where nothing has been taken in yet. Each target is read once.
Result<WithoutDocument> items_without_document(const Engine& engine, Store* store);

}  // namespace naru
