// What the program naru-parquet (plugins/parquet) says on its standard output: messages of a kind (one byte), a length
// (32 bits, little-endian) and so many bytes. Its arguments are an operation and a request as JSON:
//
//   look    {columns?}                         schema, end
//   list    {columns?, id?, row_bytes_max}     schema; of each row group a group and, with `id`, its rows' ids; end
//   rows    {columns?, group, row_bytes_max}   the rows of one row group; end
//   types   {}                                 of JSON lines: columns, end
//   write   {columns, offset, size}            of JSON lines [offset, offset + size): a Parquet file as data; end
//
// Its standard input is the file. Whatever has no `end` did not come to its end.
#pragma once

#include <cstddef>
#include <cstdint>

namespace naru {

enum class ParquetMessage : char {
  schema = 's',     // {rows, groups, columns: [{name, type, native, nullable}]}
  group = 'g',      // {rows, hash}: the hash is of what its columns are in the file
  row = 'r',        // a JSON object
  too_large = 'l',  // a row of more bytes than row_bytes_max: how many
  columns = 'c',    // [{name, type}]
  data = 'd',       // bytes of a Parquet file
  error = 'e',      // a code, a blank, what is wrong
  end = '.',
};

inline constexpr std::size_t kParquetMessageHead = 1 + 4;
// A row, once escaped as JSON, or a piece of a file; connectors let a row have 1 GiB at most.
inline constexpr std::uint32_t kParquetMessageMax = (1U << 30) + 4096;

}  // namespace naru
