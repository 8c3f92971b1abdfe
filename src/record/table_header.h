// The rows of a table that name its columns, for its parts that stand somewhere else. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>

#include "naru/record.h"

namespace naru {

// How much of the table's text its header rows take, with the line end behind them; 0: it has none.
std::size_t table_header_bytes(const Block& table);

// Those rows in one line, cut where they are too long to be names; "" where there are none.
std::string table_header(const Block& table);

}  // namespace naru
