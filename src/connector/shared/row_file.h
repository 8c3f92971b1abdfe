// RowFile: the bytes of a file of rows, wherever they are: on disk, or, of a name that ends in .zst, unpacked and set
// aside in a temporary file.
//
// One thread. What is on disk is read as it is then: whoever reads a row again asks whether it is the same.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/random_access_file.h"
#include "runtime/spool.h"

namespace naru {

class RowFile {
 public:
  // Unless an option says otherwise.
  static constexpr std::uint64_t kBytesMax = 256ULL << 30;
  // limit_exceeded: it has, or unpacks to, more than `bytes_max`.
  static Result<RowFile> open(const std::string& path, std::uint64_t bytes_max, const std::stop_token& stop);

  Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max);  // fewer only at the end
  const FileStamp& stamp() const { return stamp_; }

 private:
  explicit RowFile(RandomAccessFile file) : file_(std::move(file)) {}
  Status unpack(const std::string& path, std::uint64_t bytes_max, const std::stop_token& stop);

  RandomAccessFile file_;
  FileStamp stamp_;
  std::unique_ptr<Spool> unpacked_;  // null: it is not packed
  Spool::Window window_;
};

// For whoever finds another row than was listed.
inline Error changed_meanwhile() {
  return {Code::unavailable, "the file changed while it was read; the next run tries again"};
}

}  // namespace naru
