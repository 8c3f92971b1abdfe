// `naru dump`: the visible state in canonical form, with nothing in it of when or in how many steps it was built.
//
// Pure over the store's files; any thread.
#pragma once

#include <string>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"
#include "store/truth.h"

namespace naru {

// One JSON object a line, sorted by bytes: documents, their chunks with what each leg would find of them, and, for the
// owner, rejects. docs: contract.md. corrupt: what `naru verify` would name.
Result<std::vector<std::string>> dump_store(const StorePaths& paths, const Principal& principal);

}  // namespace naru
