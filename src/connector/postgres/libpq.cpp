#include "connector/postgres/libpq.h"

#include "runtime/shared_library.h"

namespace naru {

namespace {

Result<LibPq> open_library() {
  Result<SharedLibrary> opened = SharedLibrary::open_installed("libpq.so.5");
  if (!opened) {
    return Error(Code::unavailable, "PostgreSQL's client library is not here: install libpq5 (" +
                                        opened.error().describe() + ")");
  }
  LibPq pq;
  const bool complete =
      opened->bind("PQconnectdbParams", pq.connect) && opened->bind("PQfinish", pq.finish) &&
      opened->bind("PQstatus", pq.status) && opened->bind("PQerrorMessage", pq.error_message) &&
      opened->bind("PQsendQueryParams", pq.send_query) && opened->bind("PQsetSingleRowMode", pq.set_single_row_mode) &&
      opened->bind("PQgetResult", pq.get_result) && opened->bind("PQresultStatus", pq.result_status) &&
      opened->bind("PQresultErrorField", pq.result_error_field) &&
      opened->bind("PQresultErrorMessage", pq.result_error_message) && opened->bind("PQclear", pq.clear) &&
      opened->bind("PQntuples", pq.tuples) && opened->bind("PQnfields", pq.fields) &&
      opened->bind("PQfname", pq.field_name) && opened->bind("PQftype", pq.field_type) &&
      opened->bind("PQgetvalue", pq.value) && opened->bind("PQgetlength", pq.length) &&
      opened->bind("PQgetisnull", pq.is_null) && opened->bind("PQsocket", pq.socket) &&
      opened->bind("PQconsumeInput", pq.consume_input) && opened->bind("PQnotifies", pq.notifies) &&
      opened->bind("PQfreemem", pq.free_memory) && opened->bind("PQserverVersion", pq.server_version) &&
      opened->bind("PQgetCancel", pq.get_cancel) && opened->bind("PQcancel", pq.cancel) &&
      opened->bind("PQfreeCancel", pq.free_cancel);
  opened->keep();
  if (!complete) return Error(Code::unavailable, "libpq.so.5 lacks a function that we need: install a newer libpq5");
  return pq;
}

}  // namespace

const Result<LibPq>& LibPq::get() {
  static const Result<LibPq> library = open_library();
  return library;
}

}  // namespace naru
