// Spool: bytes that are written once, one after the other, and read again by their places: in memory while they are
// few, beyond packed in a temporary file that goes with the object.
//
// One thread writes; readers are const and may be many once nothing is written any more, each with its own Window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "runtime/scratch_file.h"

namespace naru {

class Spool {
 public:
  // Held in memory at most, beside what is being packed.
  static constexpr std::size_t kMemoryBytesMax = 16U << 20;
  explicit Spool(std::size_t memory_bytes_max = kMemoryBytesMax) : memory_bytes_max_(memory_bytes_max) {}

  // The place of what was added: bytes before it.
  Result<std::uint64_t> add(std::string_view bytes);
  std::uint64_t size() const { return written_ + waiting_.size(); }

  // What was unpacked last, so that who reads along unpacks each block once.
  struct Window {
    std::uint64_t block = UINT64_MAX;
    std::string bytes;
  };
  // [place, place + size), as far as there is so much.
  Result<std::string> read(std::uint64_t place, std::size_t size, Window& window) const;

 private:
  Status spill();
  Result<std::string_view> block(std::uint64_t number, Window& window) const;

  const std::size_t memory_bytes_max_;
  std::optional<ScratchFile> file_;        // none: all is in memory
  std::vector<std::uint64_t> ends_;        // of packed blocks, in the file
  std::uint64_t written_ = 0;              // bytes in these blocks, before they were packed
  std::string waiting_;                    // what comes after them
};

}  // namespace naru
