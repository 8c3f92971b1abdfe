// The word lists that acted on a query, as `search` and `ask` print them. Pure functions.
#pragma once

#include <vector>

#include "base/json.h"
#include "text/word_lists.h"

namespace naru {

// [{"kind","version","sha256","file"}], the last only to those who may know it.
Json word_lists_to_json(const std::vector<WordListVersion>& lists);

}  // namespace naru
