// ScratchFile: a temporary file without a name: bytes are added at its end and read at their places, and it is gone
// with the object, or with the program, whatever ends that.
//
// One thread appends; reading is safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "naru/result.h"

namespace naru {

class ScratchFile {
 public:
  static Result<ScratchFile> make();  // in TMPDIR, else in /tmp
  ScratchFile(ScratchFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  // io: the disk is full.
  Status append(std::string_view bytes);
  Status read(std::uint64_t offset, std::span<char> to) const;  // fills it; io: the file ends before

 private:
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace naru
