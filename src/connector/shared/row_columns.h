// RowColumns: the columns that rows without a schema have: names in the order in which they come up, and the types of
// what stands in them.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/discover.h"
#include "naru/value.h"

namespace naru {

std::string_view value_type_name(const Value& value);  // "text", "integer", ...; "" of null

class RowColumns {
 public:
  explicit RowColumns(std::string key) : key_(std::move(key)) {}

  void add(const Fields& row);
  // Further rows tell little that is new.
  bool is_enough() const { return rows_ >= kRowsEnough; }
  std::vector<Column> take();

 private:
  static constexpr std::size_t kRowsEnough = 1000;
  static constexpr std::size_t kColumnsMax = 4096;

  struct Seen {
    Column column;
    std::vector<std::string_view> types;
    std::size_t rows = 0;  // that have it and not null
  };

  const std::string key_;
  std::vector<Seen> seen_;
  std::size_t rows_ = 0;
};

}  // namespace naru
