#include "connector/mariadb/libmariadb.h"

#include "runtime/shared_library.h"

namespace naru {

namespace {

Result<LibMariaDb> open_library() {
  Result<SharedLibrary> opened = SharedLibrary::open_installed("libmariadb.so.3");
  if (!opened) {
    return Error(Code::unavailable, "MariaDB's client library is not here: install libmariadb3 (" +
                                        opened.error().describe() + ")");
  }
  LibMariaDb db;
  const bool complete =
      opened->bind("mysql_init", db.init) && opened->bind("mysql_close", db.close) &&
      opened->bind("mysql_optionsv", db.option) && opened->bind("mysql_real_connect", db.connect) &&
      opened->bind("mysql_errno", db.error_number) && opened->bind("mysql_error", db.error_text) &&
      opened->bind("mysql_get_server_info", db.server_info) && opened->bind("mysql_real_query", db.query) &&
      opened->bind("mysql_store_result", db.store_result) && opened->bind("mysql_field_count", db.field_count) &&
      opened->bind("mysql_free_result", db.free_result) && opened->bind("mysql_fetch_fields", db.fetch_fields) &&
      opened->bind("mysql_num_fields", db.num_fields) && opened->bind("mariadb_field_attr", db.field_attribute) &&
      opened->bind("mysql_stmt_init", db.statement_init) && opened->bind("mysql_stmt_close", db.statement_close) &&
      opened->bind("mysql_stmt_prepare", db.statement_prepare) &&
      opened->bind("mysql_stmt_param_count", db.statement_parameters) &&
      opened->bind("mysql_stmt_bind_param", db.statement_bind) &&
      opened->bind("mysql_stmt_execute", db.statement_execute) &&
      opened->bind("mysql_stmt_result_metadata", db.statement_metadata) &&
      opened->bind("mysql_stmt_bind_result", db.statement_bind_result) &&
      opened->bind("mysql_stmt_fetch", db.statement_fetch) &&
      opened->bind("mysql_stmt_fetch_column", db.statement_fetch_column) &&
      opened->bind("mysql_stmt_errno", db.statement_error_number) &&
      opened->bind("mysql_stmt_error", db.statement_error_text);
  opened->keep();
  if (!complete) {
    return Error(Code::unavailable, "libmariadb.so.3 lacks a function that we need: install a newer libmariadb3");
  }
  return db;
}

}  // namespace

const Result<LibMariaDb>& LibMariaDb::get() {
  static const Result<LibMariaDb> library = open_library();
  return library;
}

}  // namespace naru
