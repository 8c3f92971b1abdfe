// What Fit steps made of their corpora, in the truth. Belongs to the thread of its database.
#pragma once

#include <optional>
#include <string>

#include "flow/state.h"
#include "store/sqlite.h"

namespace naru {

Result<std::optional<Fitted>> read_fitted(Database& truth, const std::string& flow, const std::string& step);
Status keep_fitted(Database& truth, const std::string& flow, const std::string& step, const Fitted& fitted);
Status drop_fitted(Database& truth, const std::string& flow);  // all of a flow

}  // namespace naru
