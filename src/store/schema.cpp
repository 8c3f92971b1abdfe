#include "store/schema.h"

#include <fmt/format.h>

namespace naru {

Error other_schema(std::int64_t version, std::int64_t wanted) {
  return {Code::unsupported, fmt::format("the store has schema {}, this naru reads {}; use the naru that wrote it "
                                         "or build the store anew", version, wanted)};
}

Status prepare_schema(Database& database, std::int64_t wanted, const std::function<Status(std::int64_t)>& change) {
  const std::int64_t found = NARU_TRY(database.value("PRAGMA user_version"));
  if (found > wanted) return other_schema(found, wanted);  // before anything is written to it
  NARU_TRY(database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"));
  if (found == wanted) return {};
  auto transaction = NARU_TRY(Transaction::begin(database));
  const std::int64_t version = NARU_TRY(database.value("PRAGMA user_version "));
  if (version != wanted) {
    NARU_TRY(change(version));
    NARU_TRY(database.execute(fmt::format("PRAGMA user_version = {}", wanted)));
  }
  return transaction->commit();
}

}  // namespace naru
