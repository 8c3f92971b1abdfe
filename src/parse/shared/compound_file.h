// CompoundFile: an OLE compound file (MS-CFB, versions 3 and 4): a small file system with storages and streams, in
// which HWP 5, DOC, XLS, PPT and MSG lie.
//
// Borrows the bytes, which must outlive it; read-only afterwards, any thread. Every chain of sectors is walked once at
// most and ends at the file's end; what is damaged gives the part that can be read and says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

class CompoundFile {
 public:
  struct Entry {
    std::string path;  // "BodyText/Section0": names from below the root, UTF-8
    bool is_storage = false;
    std::uint32_t first_sector = 0;
    std::uint64_t size_bytes = 0;
  };
  struct Stream {
    std::string bytes;
    bool complete = true;  // false: sectors are missing, `bytes` is what stood before them
  };

  static bool has_signature(std::string_view bytes);
  // corrupt: no compound file, or one without a directory.
  static Result<CompoundFile> open(std::string_view bytes);

  const std::vector<Entry>& entries() const { return entries_; }  // in the directory's order
  // Names are compared without regard to ASCII case, as the format asks. Null: no such entry.
  const Entry* find(std::string_view path) const;
  Stream read(const Entry& entry) const;
  // The stream at `path`; empty and complete where there is none.
  Stream read(std::string_view path) const;
  // True: parts of the directory or of the sector tables could not be read.
  bool damaged() const { return damaged_; }

 private:
  explicit CompoundFile(std::string_view bytes) : bytes_(bytes) {}

  void read_sector_table(std::string_view header);
  void read_directory(std::uint32_t first_sector);
  std::string_view sector(std::uint32_t number) const;
  Stream read_chain(std::uint32_t first, std::uint64_t size_bytes) const;
  Stream read_small_chain(std::uint32_t first, std::uint64_t size_bytes) const;

  std::string_view bytes_;
  std::size_t sector_bytes_ = 512;
  std::uint64_t small_below_bytes_ = 4096;
  std::vector<std::uint32_t> next_;        // FAT: the sector after each sector
  std::vector<std::uint32_t> small_next_;  // mini FAT
  std::string small_;                      // the stream in which small streams lie
  std::vector<Entry> entries_;
  bool damaged_ = false;
};

}  // namespace naru
