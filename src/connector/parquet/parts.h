// Where the records of a kept file are cut into parts, each to be a Parquet file named by what it holds.
//
// A function of the items alone, not of the runs that made them: a cut stands before an item whose key says so, by a
// hash, the more likely the larger the item is; never before half the wanted size, and always before twice that size or
// the row limit. So a change moves the cuts near it and no others, and a part that is as it was has the name that it
// had. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connector/shared/kept_file.h"

namespace naru::parquet {

struct Part {
  std::string file;                        // "part-<hash>.parquet": of its records and columns
  std::string first_key, last_key;         // of its items
  std::uint64_t offset = 0, size = 0;      // of its records in the kept file
  std::uint64_t rows = 0;
};

// One part of nothing where there are no records. `columns`: the schema, as the manifest has it.
std::vector<Part> cut_into_parts(const KeptFile& records, std::uint64_t part_bytes, std::string_view columns);

}  // namespace naru::parquet
