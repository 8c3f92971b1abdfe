#include "connector/odbc/libodbc.h"

#include "runtime/shared_library.h"

namespace naru {

namespace {

Result<LibOdbc> open_library() {
  Result<SharedLibrary> opened = SharedLibrary::open_installed("libodbc.so.2");
  if (!opened) {
    return Error(Code::unavailable,
                 "ODBC's driver manager is not here: install libodbc2, and the driver of your "
                 "database (" +
                     opened.error().describe() + ")");
  }
  LibOdbc odbc;
  const bool complete =
      opened->bind("SQLAllocHandle", odbc.allocate) && opened->bind("SQLFreeHandle", odbc.free) &&
      opened->bind("SQLSetEnvAttr", odbc.set_environment) && opened->bind("SQLSetConnectAttrW", odbc.set_connection) &&
      opened->bind("SQLDriverConnectW", odbc.connect_wide) && opened->bind("SQLDriverConnect", odbc.connect_bytes) &&
      opened->bind("SQLDisconnect", odbc.disconnect) && opened->bind("SQLGetDiagRecW", odbc.diagnosis_wide) &&
      opened->bind("SQLGetDiagRec", odbc.diagnosis_bytes) && opened->bind("SQLGetInfoW", odbc.info_wide) &&
      opened->bind("SQLGetInfo", odbc.info_bytes) && opened->bind("SQLEndTran", odbc.end_transaction) &&
      opened->bind("SQLPrepareW", odbc.prepare_wide) && opened->bind("SQLPrepare", odbc.prepare_bytes) &&
      opened->bind("SQLBindParameter", odbc.bind) && opened->bind("SQLExecute", odbc.execute) &&
      opened->bind("SQLNumResultCols", odbc.column_count) &&
      opened->bind("SQLDescribeColW", odbc.describe_column_wide) &&
      opened->bind("SQLDescribeCol", odbc.describe_column_bytes) &&
      opened->bind("SQLColAttributeW", odbc.column_attribute) && opened->bind("SQLFetch", odbc.fetch) &&
      opened->bind("SQLGetData", odbc.get_data) && opened->bind("SQLTablesW", odbc.tables_wide) &&
      opened->bind("SQLTables", odbc.tables_bytes) && opened->bind("SQLColumnsW", odbc.columns_wide) &&
      opened->bind("SQLColumns", odbc.columns_bytes);
  opened->keep();
  if (!complete)
    return Error(Code::unavailable, "libodbc.so.2 lacks a function that we need: install a newer libodbc2");
  return odbc;
}

}  // namespace

const Result<LibOdbc>& LibOdbc::get() {
  static const Result<LibOdbc> library = open_library();
  return library;
}

}  // namespace naru
