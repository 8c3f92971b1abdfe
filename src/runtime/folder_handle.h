// FolderHandle: an open folder and what lies below it, reached without following links unasked.
//
// One thread at a time. Names are bytes as on disk. Everything is opened relative to the handle, name by name,
// never blocking on a pipe or a device; a link put in place between listing and reading cannot lead elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

enum class Links : std::uint8_t { skip, follow };
enum class IfThere : std::uint8_t { refuse, replace };

// What says cheaply whether a file may have changed.
struct FileStamp {
  std::uint64_t size = 0, inode = 0, device = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

struct FolderEntry {
  enum class Kind : std::uint8_t { file, folder, link, other };  // other: pipe, socket, device
  std::string name;
  Kind kind = Kind::other;
  FileStamp stamp;
};

struct StampedBytes {
  std::string bytes;
  FileStamp stamp;  // equal before and after the bytes were read
};

class FolderHandle {
 public:
  static Result<FolderHandle> open(const std::string& path);  // the path itself may go through links
  FolderHandle(FolderHandle&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FolderHandle& operator=(FolderHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FolderHandle();

  Result<FolderHandle> open_folder(const std::string& name, Links links) const;
  Result<FileStamp> stamp() const;

  // Sorted by name, without . and .. ; what vanishes meanwhile is left out. Links are reported as links.
  Result<std::vector<FolderEntry>> entries() const;
  // One of them by its name. not_found.
  Result<FolderEntry> entry(const std::string& name) const;
  // What a link leads to, under the link's name. not_found: nothing.
  Result<FolderEntry> resolve(const std::string& name) const;

  // A regular file by its path below the folder. not_found: not there, or no longer a regular file; limit_exceeded:
  // larger than bytes_max, nothing was read; unavailable: it kept changing while it was read.
  Result<StampedBytes> read(std::string_view relative_path, std::uint64_t bytes_max, Links links) const;

  // A file by its path below the folder, whole or not at all, and durable: written beside its place under a hidden
  // name, then moved there. Folders on the way are made, links never crossed. already_exists: something is there, and
  // may not be replaced or is no regular file.
  Status write(std::string_view relative_path, std::string_view bytes, IfThere if_there) const;

 private:
  explicit FolderHandle(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace naru
