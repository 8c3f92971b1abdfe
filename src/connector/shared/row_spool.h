// RowSpool: lines that are written once and read again by their places: in memory while they are few, then in a file
// that goes with the object.
//
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {

class RowSpool {
 public:
  // The place of what was added.
  Result<std::uint64_t> add(std::string_view bytes);
  Result<std::string> read(std::uint64_t place, std::size_t size);

 private:
  static constexpr std::size_t kMemoryBytesMax = 16U << 20;

  Status flush();

  std::optional<TemporaryFolder> folder_;  // none: all is in memory
  std::optional<RandomAccessFile> file_;
  std::uint64_t written_ = 0;  // bytes in the file
  std::string waiting_;        // what comes after them
};

}  // namespace naru
