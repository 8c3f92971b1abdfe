// libpq's functions, opened when a first connection is made: most runs ask no PostgreSQL, and it need not be installed.
//
// Any thread. For postgres/ alone.
#pragma once

#include <postgresql/libpq-fe.h>

#include "naru/result.h"

namespace naru {

struct LibPq {
  decltype(&::PQconnectdbParams) connect = nullptr;
  decltype(&::PQfinish) finish = nullptr;
  decltype(&::PQstatus) status = nullptr;
  decltype(&::PQerrorMessage) error_message = nullptr;
  decltype(&::PQsendQueryParams) send_query = nullptr;
  decltype(&::PQsetSingleRowMode) set_single_row_mode = nullptr;
  decltype(&::PQgetResult) get_result = nullptr;
  decltype(&::PQresultStatus) result_status = nullptr;
  decltype(&::PQresultErrorField) result_error_field = nullptr;
  decltype(&::PQresultErrorMessage) result_error_message = nullptr;
  decltype(&::PQclear) clear = nullptr;
  decltype(&::PQntuples) tuples = nullptr;
  decltype(&::PQnfields) fields = nullptr;
  decltype(&::PQfname) field_name = nullptr;
  decltype(&::PQftype) field_type = nullptr;
  decltype(&::PQgetvalue) value = nullptr;
  decltype(&::PQgetlength) length = nullptr;
  decltype(&::PQgetisnull) is_null = nullptr;
  decltype(&::PQsocket) socket = nullptr;
  decltype(&::PQconsumeInput) consume_input = nullptr;
  decltype(&::PQnotifies) notifies = nullptr;
  decltype(&::PQfreemem) free_memory = nullptr;
  decltype(&::PQserverVersion) server_version = nullptr;
  decltype(&::PQgetCancel) get_cancel = nullptr;
  decltype(&::PQcancel) cancel = nullptr;
  decltype(&::PQfreeCancel) free_cancel = nullptr;

  // unavailable: it is not installed; says which package has it.
  static const Result<LibPq>& get();
};

}  // namespace naru
