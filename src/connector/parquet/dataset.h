// Dataset: files of Parquet as rows with numbers, read row group by row group.
//
// look() asks each file what row groups it has and, where rows are named, for the ids alone. A row group has a hash of
// the bytes that its columns have in the file, so that one that is as it was is known without decoding it. Rows are
// decoded when the first of their group is wanted, all of that group, and set aside (Spool): each group at most once
// a look.
//
// One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "naru/discover.h"
#include "naru/id.h"
#include "runtime/folder_handle.h"
#include "runtime/spool.h"

namespace naru::parquet {

class Dataset {
 public:
  struct Options {
    std::vector<std::string> columns;  // that are read; none: all
    std::string id, text;              // "": rows have none; what is named must be there
    std::uint64_t row_bytes_max = 0;
    std::uint64_t rows_max = 0;        // of all files together
  };
  explicit Dataset(Options options) : options_(std::move(options)) {}

  struct RowGroup {
    std::string path;
    FileStamp stamp;
    int number = 0;               // in its file
    Id128 hash;
    std::uint64_t first = 0;      // number of its first row, from 1, over all files
    std::uint64_t rows = 0;
    std::uint64_t in_file = 0;    // rows before it in its file
  };

  void clear();
  // Adds a file. `take` gets what names each row, as a JSON object, where there is an id; "" where that is too long to
  // be one. Nothing of the file is kept where there is an error. limit_exceeded: more than rows_max.
  using TakeId = std::function<void(const RowGroup& group, std::uint64_t row, std::string_view id)>;
  Status look(const std::string& path, const TakeId& take, const std::stop_token& stop);

  // As JSON. limit_exceeded, corrupt, unavailable (the file changed since; the next run tries again).
  Result<std::string> row(std::uint64_t number, const std::stop_token& stop);

  const std::vector<RowGroup>& groups() const { return groups_; }

  // The columns of a file, read from its end alone; with the number of rows.
  static Result<Found> describe(const std::string& path, const std::vector<std::string>& columns,
                                const std::stop_token& stop);

 private:
  struct Place {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
    bool too_large = false;
  };
  // Of the groups that were decoded, or why one was not.
  struct Decoded {
    std::vector<Place> places;
    std::optional<Error> error;
  };

  Json request() const;
  Status check_columns(std::string_view schema) const;
  Status decode(const RowGroup& group, Decoded& decoded, const std::stop_token& stop);

  const Options options_;
  std::vector<RowGroup> groups_;              // by `first`
  std::vector<std::optional<Decoded>> decoded_;
  std::optional<Spool> spool_;
  Spool::Window window_;
  std::uint64_t rows_ = 0;
};

}  // namespace naru::parquet
