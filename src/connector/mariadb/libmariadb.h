// libmariadb's functions (MariaDB Connector/C, LGPL), opened when a first connection is made: most runs ask no MariaDB,
// and it need not be installed.
//
// Any thread. For mariadb/ alone.
#pragma once

#include <mariadb/mysql.h>

#include "naru/result.h"

namespace naru {

struct LibMariaDb {
  decltype(&::mysql_init) init = nullptr;
  decltype(&::mysql_close) close = nullptr;
  decltype(&::mysql_optionsv) option = nullptr;
  decltype(&::mysql_real_connect) connect = nullptr;
  decltype(&::mysql_errno) error_number = nullptr;
  decltype(&::mysql_error) error_text = nullptr;
  decltype(&::mysql_get_server_info) server_info = nullptr;
  decltype(&::mysql_real_query) query = nullptr;
  decltype(&::mysql_store_result) store_result = nullptr;
  decltype(&::mysql_field_count) field_count = nullptr;
  decltype(&::mysql_free_result) free_result = nullptr;
  decltype(&::mysql_fetch_fields) fetch_fields = nullptr;
  decltype(&::mysql_num_fields) num_fields = nullptr;
  decltype(&::mariadb_field_attr) field_attribute = nullptr;
  decltype(&::mysql_stmt_init) statement_init = nullptr;
  decltype(&::mysql_stmt_close) statement_close = nullptr;
  decltype(&::mysql_stmt_prepare) statement_prepare = nullptr;
  decltype(&::mysql_stmt_param_count) statement_parameters = nullptr;
  decltype(&::mysql_stmt_bind_param) statement_bind = nullptr;
  decltype(&::mysql_stmt_execute) statement_execute = nullptr;
  decltype(&::mysql_stmt_result_metadata) statement_metadata = nullptr;
  decltype(&::mysql_stmt_bind_result) statement_bind_result = nullptr;
  decltype(&::mysql_stmt_fetch) statement_fetch = nullptr;
  decltype(&::mysql_stmt_fetch_column) statement_fetch_column = nullptr;
  decltype(&::mysql_stmt_errno) statement_error_number = nullptr;
  decltype(&::mysql_stmt_error) statement_error_text = nullptr;

  // unavailable: it is not installed; says which package has it.
  static const Result<LibMariaDb>& get();
};

}  // namespace naru
