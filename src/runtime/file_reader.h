// FileReader: parts of a file by their place, into memory of the caller's: for a few small reads from a large file,
// which a memory map would keep resident by whole pages. Movable, owns the descriptor; reading is safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "naru/result.h"

namespace naru {

class FileReader {
 public:
  static Result<FileReader> open(const std::string& path);
  FileReader(FileReader&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FileReader& operator=(FileReader&& other) noexcept;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader();
  // Fills `to`. corrupt: the file ends before.
  Status read(std::uint64_t offset, std::span<char> to) const;

 private:
  explicit FileReader(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace naru
