// Schemas of the store's databases: made or upgraded by whoever opens a database first, refused where they are too new.
#pragma once

#include <cstdint>
#include <functional>

#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

Error other_schema(std::int64_t version, std::int64_t wanted);  // unsupported: made by another naru

// Pragmas and schema. change(version) makes what is not there (version 0) or upgrades it: in one transaction, by
// whoever comes first of two processes, so that nothing is half made.
Status prepare_schema(Database& database, std::int64_t wanted, const std::function<Status(std::int64_t)>& change);

}  // namespace naru
