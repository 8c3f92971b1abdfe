// Unzip: the members of a ZIP archive, found by its central directory and inflated piece by piece, with limits on all.
//
// For the packages that weights come in: nothing is executed, nothing is written anywhere, no name becomes a path. One
// thread at a time. Reads methods stored and deflate; not ZIP64, not encrypted, not in several volumes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "runtime/random_access_file.h"

namespace naru {

struct ZipLimits {
  std::uint32_t members_max = 10'000;               // a package has some dozens
  std::uint64_t directory_bytes_max = 16ULL << 20;  // of all names and extras together
};

struct ZipMember {
  std::string name;
  std::uint64_t bytes = 0, packed_bytes = 0;  // as the directory says; checked while reading
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0, flags = 0;
  std::uint64_t header_offset = 0;
};

class ZipReader {
 public:
  // corrupt: not a ZIP archive, or a damaged one; unsupported: ZIP64 or several volumes; limit_exceeded.
  static Result<ZipReader> open(const std::string& path, const ZipLimits& limits = {});

  const std::vector<ZipMember>& members() const { return members_; }
  const ZipMember* find(std::string_view name) const;  // null: not there

  // Hands the member's bytes to `take` in order, at most `bytes_max`. corrupt: another size or checksum than the
  // directory says; unsupported: encrypted or another method; limit_exceeded: it would be larger. What `take` returns
  // as an error ends the reading and is returned.
  Status read(const ZipMember& member, std::uint64_t bytes_max,
              const std::function<Status(std::string_view)>& take) const;

 private:
  explicit ZipReader(RandomAccessFile file) : file_(std::move(file)) {}
  Result<std::uint64_t> data_offset(const ZipMember& member) const;

  RandomAccessFile file_;
  std::uint64_t size_ = 0;
  std::vector<ZipMember> members_;
};

}  // namespace naru
