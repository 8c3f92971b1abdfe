// What a Parquet file says, for the operations look, list and rows. The bytes may be anybody's: this runs in the
// sandbox, and what is thrown ends in main.cpp. One thread.
#pragma once

#include <parquet/arrow/reader.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "messages_out.h"

namespace naru {

class ParquetFile {
 public:
  // `columns`: only these; none: all.
  static Result<ParquetFile> open(std::string_view bytes, std::optional<std::vector<std::string>> columns);

  Json schema() const;
  int groups() const { return reader_->num_row_groups(); }
  // Rows and hash: of the names and types of the columns, and of their bytes in the file.
  Result<Json> group(int number) const;
  // Each row of it, with all columns or only `column`.
  Status say_rows(int number, const std::optional<std::string>& column, std::size_t row_bytes_max,
                  MessagesOut& out) const;

 private:
  ParquetFile() = default;
  std::vector<int> leaves(const std::optional<std::string>& column) const;

  std::string_view bytes_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> fields_;  // of the schema, that are read
};

}  // namespace naru
