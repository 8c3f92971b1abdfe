// pgvector: whether the server has it, and the column of vectors with its model and its index.
//
// The column is `halfvec`, in half precision as vectors are kept here too; its comment names the model, so that whoever
// asks knows which one a question's vector has to come from. One thread.
#pragma once

#include <string>

#include "connector/shared/sql_connection.h"
#include "connector/shared/sql_target.h"
#include "naru/model.h"

namespace naru {

// "pgvector 0.8.5". With `write` the extension is made known to the database where it is not. unavailable: the server
// has none, or one that is too old; not_allowed: this user may not. Each says what to do.
Result<std::string> pgvector_of(SqlConnection& connection, SqlUse use);

// Whether the vectors of that model can stand in the table. invalid_argument: those of another one do.
Status check_vectors_fit(SqlConnection& connection, const std::string& table, const ModelInfo& model);

// After the column was made.
Status index_vectors(SqlConnection& connection, const std::string& table, const ModelInfo& model);

}  // namespace naru
