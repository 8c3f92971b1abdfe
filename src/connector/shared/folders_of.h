// What `naru discover` shows of a listing whose keys are paths. Pure function; any thread.
#pragma once

#include <string_view>

#include "naru/flow.h"

namespace naru {

// What lies below `prefix` itself (named "." where that is empty), and each folder there with all that is below. All
// keys begin with `prefix`.
Result<Discovery> folders_of(const Listing& listing, std::string_view prefix = "");

}  // namespace naru
