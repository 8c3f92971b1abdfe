// The tables of Keyed steps in the truth: what each was given, by item and by group. docs/format/truth.md draws them.
//
// Items and rows of one change are one transaction. Belongs to the thread of its database, which outlives it.
#pragma once

#include <memory>
#include <string>

#include "flow/state.h"
#include "store/sqlite.h"
#include "store/truth.h"

namespace naru {

// Made where they lack; whoever does not know them does nothing wrong without them.
extern const char* const kKeyedSchema;

// `truth`: of the writer; null where nothing was ever written. `opened`: of a reader, which the table keeps.
std::unique_ptr<KeyedTable> open_keyed_table(const StorePaths& paths, Database* truth, std::unique_ptr<Database> opened,
                                             const std::string& flow, const std::string& step);

Result<KeyedSteps> read_keyed_steps(Database& truth);

// All tables but these (flow, step) go.
Status drop_keyed_tables(Database& truth, const KeyedSteps& but);
// An item is forgotten: whatever came from it goes, in the transaction of the caller.
Status forget_keyed_item(Database& truth, const std::string& flow, const std::string& key);

}  // namespace naru
