// JSON lines as columns: which types they have, and a Parquet file of them. The lines are the connector's own and their
// texts anybody's: this runs in the sandbox. One thread.
#pragma once

#include <string_view>

#include "base/json.h"
#include "messages_out.h"

namespace naru {

// Says the columns of all lines, in the order in which they come up: the narrowest type that holds what stands there.
//   boolean, integer, number (also of whole numbers, as long as a double holds them), text (also of all of these
//   together, and of nothing but null), texts (lists of texts), json (other lists, maps, and what goes with none).
Status say_types(std::string_view lines, MessagesOut& out);

// Says a Parquet file of these columns, [{name, type}]; a field that a line lacks is null, one that is no column is
// left out. corrupt: a value that its column cannot hold.
Status say_parquet(std::string_view lines, const Json& columns, MessagesOut& out);

}  // namespace naru
