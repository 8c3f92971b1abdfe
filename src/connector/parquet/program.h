// The program naru-parquet as the connector asks it: started for one file and one question, gone when it has answered.
// Files of Parquet may be anybody's, so they are read there, in a sandbox, and what it says is checked here.
//
// Any thread; blocks until the program has ended.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/json.h"
#include "connector/parquet/messages.h"
#include "naru/discover.h"

namespace naru::parquet {

// Where it lies: lib/naru/parquet beside the program. unavailable: it was not built.
Result<std::string> find_program();
// The same as a line of `naru check`.
Finding check_program();

// A message before the last one; an error ends the program and is what ask() gives.
using Take = std::function<Status(ParquetMessage kind, std::string_view payload)>;

// Errors: those that it says (corrupt, unsupported, unavailable, limit_exceeded); corrupt where it died of the file;
// timeout; cancelled.
Status ask(std::string_view operation, const Json& request, const std::string& file, const Take& take,
           std::stop_token stop);

// The number at `name` of what it said, if there is one.
std::optional<std::uint64_t> number_at(const Json& object, const char* name);

}  // namespace naru::parquet
