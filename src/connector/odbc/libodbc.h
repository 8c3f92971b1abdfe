// The functions of unixODBC's driver manager (LGPL), opened when a first connection is made: most runs ask no ODBC, and
// it need not be installed. Those that take names and texts are there twice, for UTF-16 and for bytes.
//
// Any thread. For odbc/ alone.
#pragma once

#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#include "naru/result.h"

namespace naru {

struct LibOdbc {
  decltype(&::SQLAllocHandle) allocate = nullptr;
  decltype(&::SQLFreeHandle) free = nullptr;
  decltype(&::SQLSetEnvAttr) set_environment = nullptr;
  decltype(&::SQLSetConnectAttrW) set_connection = nullptr;
  decltype(&::SQLDriverConnectW) connect_wide = nullptr;
  decltype(&::SQLDriverConnect) connect_bytes = nullptr;
  decltype(&::SQLDisconnect) disconnect = nullptr;
  decltype(&::SQLGetDiagRecW) diagnosis_wide = nullptr;
  decltype(&::SQLGetDiagRec) diagnosis_bytes = nullptr;
  decltype(&::SQLGetInfoW) info_wide = nullptr;
  decltype(&::SQLGetInfo) info_bytes = nullptr;
  decltype(&::SQLEndTran) end_transaction = nullptr;
  decltype(&::SQLPrepareW) prepare_wide = nullptr;
  decltype(&::SQLPrepare) prepare_bytes = nullptr;
  decltype(&::SQLBindParameter) bind = nullptr;
  decltype(&::SQLExecute) execute = nullptr;
  decltype(&::SQLNumResultCols) column_count = nullptr;
  decltype(&::SQLDescribeColW) describe_column_wide = nullptr;
  decltype(&::SQLDescribeCol) describe_column_bytes = nullptr;
  decltype(&::SQLColAttributeW) column_attribute = nullptr;
  decltype(&::SQLFetch) fetch = nullptr;
  decltype(&::SQLGetData) get_data = nullptr;
  decltype(&::SQLTablesW) tables_wide = nullptr;
  decltype(&::SQLTables) tables_bytes = nullptr;
  decltype(&::SQLColumnsW) columns_wide = nullptr;
  decltype(&::SQLColumns) columns_bytes = nullptr;

  // unavailable: it is not installed; says which package has it.
  static const Result<LibOdbc>& get();
};

}  // namespace naru
