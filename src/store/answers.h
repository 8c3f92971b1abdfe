// Answers as they are kept, for `naru why` and for rooms: what is never kept, and who may read one now.
//
// Functions over an open truth and its transaction; the caller's thread.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "naru/record.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

// Nothing is kept of an answer that shows what was forgotten meanwhile. The oldest that no room holds go.
Status keep_answer(Database& truth, const std::string& id, const Json& answer);

// An answer, and whether this principal may read it: others than the owner only while they may read everything that it
// cites or was made from.
struct KeptAnswer {
  Json json;
  bool readable = false;
};
Result<std::optional<KeptAnswer>> read_answer(Database& truth, const std::string& id, const Principal& principal);

}  // namespace naru
