// RandomAccessFile: a regular file read at offsets, without a map (a file that shrinks gives a short read, no signal).
//
// Reading is safe from any thread. Owns its descriptor: the bytes are those of the file that was opened, even after a
// rename.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "naru/result.h"
#include "runtime/folder_handle.h"

namespace naru {

class RandomAccessFile {
 public:
  // not_found: not there; invalid_argument: not a regular file.
  static Result<RandomAccessFile> open(const std::string& path);
  RandomAccessFile(RandomAccessFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  RandomAccessFile& operator=(RandomAccessFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~RandomAccessFile();

  Result<FileStamp> stamp() const;
  Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max) const;  // shorter at the end of the file
  Status read(std::uint64_t offset, std::span<char> to) const;  // fills it; corrupt: the file ends before

 private:
  explicit RandomAccessFile(int descriptor) : descriptor_(descriptor) {}
  Result<std::size_t> fill(std::uint64_t offset, std::span<char> to) const;  // how far, to the end of the file
  int descriptor_ = -1;
};

}  // namespace naru
