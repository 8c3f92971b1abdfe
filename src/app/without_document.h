// What flows could not process, and what their steps left out, wherever they lead: items of knowledge bases from the
// store, of other targets from these themselves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/engine.h"

namespace naru {

enum class Without : std::uint8_t { rejected, dropped };

// `store`: null where nothing has been taken in yet. (flow, reject), by flow and key; of drops the code and message are
// those of flow/drop.h.
Result<std::vector<std::pair<std::string, Reject>>> items_without_document(const Engine& engine, Store* store,
                                                                           Without why);

}  // namespace naru
