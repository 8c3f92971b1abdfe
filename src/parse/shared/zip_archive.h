// A ZIP archive in memory, from a stranger: office documents, books, and what people pack. Forgiving, with limits.
//
// Members are found by the central directory (ZIP64 too); where that is missing or broken, by the headers that stand
// before each member, and a member that breaks off gives what can still be inflated: damaged() says so. Nothing is
// written anywhere and no name becomes a path. Borrows the bytes; one thread. (model/unzip.h reads packages of weights
// from files, and refuses whatever is not exactly right.)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "naru/result.h"

struct z_stream_s;

namespace naru {

struct ZipArchiveLimits {
  std::size_t entries_max = 100'000;  // the largest workbooks have some thousand; each costs us 100 bytes
  std::size_t name_bytes_max = 1024;  // longer than any path that can be unpacked on the systems people have
  std::uint64_t inflated_bytes_max = 1ULL << 30;  // of all that is read; a second or two of work
  // Above ratio_from bytes a member may not be so many times larger than packed: XML reaches 100, a bomb 1000.
  std::uint64_t ratio_max = 400, ratio_from = 16ULL << 20;
};

struct ZipEntry {
  std::string name;  // as it stands there, with '/' for '\', in whatever charset
  std::uint64_t bytes = 0, packed_bytes = 0;  // as the archive says; never trusted
  std::uint64_t header_offset = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflate
  bool encrypted = false;
  bool sized = true;  // false: found by its own header alone, which leaves the sizes to what follows the data
  bool is_folder() const { return name.ends_with('/'); }
};

class ZipArchive;

// One member's bytes, piece by piece. The archive must outlive it.
class ZipStream {
 public:
  ZipStream(ZipStream&&) noexcept;
  ~ZipStream();
  // Appends the next piece, at most kZipPieceBytes; 0 is the end. limit_exceeded: the archive's limits.
  Result<std::size_t> next(std::string& out);
  // The data broke off, or is not what its checksum says: what was given until then may still be read.
  bool damaged() const { return damaged_; }

 private:
  friend class ZipArchive;
  ZipStream(ZipArchive& archive, const ZipEntry& entry, std::string_view packed);
  std::size_t inflate_piece(char* out, std::size_t room);
  Status count(std::size_t bytes);

  ZipArchive* archive_;
  std::string_view packed_;
  std::unique_ptr<z_stream_s, void (*)(z_stream_s*)> inflater_;  // null: stored
  std::uint64_t given_ = 0;
  std::uint32_t crc_ = 0, crc_wanted_ = 0;
  bool checked_ = false;  // is there a checksum to compare with?
  bool ended_ = false, damaged_ = false;
};

inline constexpr std::size_t kZipPieceBytes = 64 * 1024;

class ZipArchive {
 public:
  // corrupt: nothing of a ZIP archive is there; limit_exceeded: too many members.
  static Result<ZipArchive> open(std::string_view bytes, const ZipArchiveLimits& limits = {});

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // By its name; ASCII letters' case does not count, as the packaging conventions want it. Null: not there.
  const ZipEntry* find(std::string_view name) const;

  // not_allowed: encrypted; unsupported: another method than stored and deflate; corrupt: its header lies elsewhere.
  Result<ZipStream> stream(const ZipEntry& entry);
  // All of it. limit_exceeded: longer than `bytes_max`. What is damaged is given as far as it goes; `damaged` says so.
  Result<std::string> read(const ZipEntry& entry, std::uint64_t bytes_max, bool* damaged = nullptr);

  // The central directory was missing or broken: members after the damage may be missing.
  bool damaged() const { return damaged_; }

 private:
  friend class ZipStream;
  ZipArchive(std::string_view bytes, const ZipArchiveLimits& limits) : bytes_(bytes), limits_(limits) {}
  bool read_directory();
  Status find_headers();
  void index();

  std::string_view bytes_;
  ZipArchiveLimits limits_;
  std::uint64_t shift_ = 0;     // bytes before the archive, which its own offsets do not count
  std::uint64_t inflated_ = 0;  // of all members so far
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string, std::size_t> by_name_;  // lower case -> index
  bool damaged_ = false, too_many_ = false;
};

}  // namespace naru
