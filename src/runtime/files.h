// Files: the only place that opens, reads, writes and names them. Everything above speaks of paths and bytes.
//
// Free functions, any thread. Names are bytes as on disk; messages escape what is not UTF-8. Durable writes follow one
// rule: write beside, sync the file, rename, sync the folder. FileFaults is the seam through which tests see every
// operation and make it fail, so that a whole flow can be crashed from one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// A whole file read into memory at once; larger ones are refused with limit_exceeded.
inline constexpr std::uint64_t kReadBytesMax = 2ULL << 30;

Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max = kReadBytesMax);
Status write_file(const std::string& path, std::string_view bytes);          // plain, not durable
Status write_file_durable(const std::string& path, std::string_view bytes);  // beside, sync, rename, sync the folder
Status append_file(const std::string& path, std::string_view bytes);
Status sync_file(const std::string& path);
Status sync_folder(const std::string& path);
// Writes a file's own bytes anew, in place, and syncs it: what the kernel remembers of a file after a failed sync or a
// kill is then on the disk. The caller sees to it that nobody else writes it.
Status renew_file(const std::string& path);
Status make_folders(const std::string& path);
Status remove_file(const std::string& path);     // a missing file is fine
Status remove_tree(const std::string& path);
Status rename_file(const std::string& from, const std::string& to);
// Each gets the other's name, at once where the file system can: at no moment one of the names is missing.
Status exchange_files(const std::string& one, const std::string& other);
// For files that never change: one more name for the same bytes, or a copy where the file system has none.
Status link_or_copy_file(const std::string& from, const std::string& to);
Status truncate_file(const std::string& path, std::uint64_t size);
bool file_exists(const std::string& path);
bool is_folder(const std::string& path);
bool may_write_in(const std::string& folder);  // this user, and the file system
Result<std::uint64_t> file_size(const std::string& path);
std::uint64_t folder_bytes(const std::string& path);                      // all files below, 0 where unreadable
Result<std::uint64_t> free_bytes(const std::string& path);                // what this user may still write there
Result<std::vector<std::string>> list_folder(const std::string& path);    // names, sorted, without . and ..
Result<std::string> absolute_path(const std::string& path);
std::string executable_folder();     // where our own program lies
std::string home_folder();
std::string join_path(std::string_view folder, std::string_view name);
std::string file_name(std::string_view path);
std::string folder_name(std::string_view path);
std::string file_extension(std::string_view path);  // lower case ASCII, without the dot; "" where none
Error errno_error(std::string_view what, int number);  // ENOSPC says that the disk is full and what to do

// A read-only memory map. Movable, owns the map; the bytes stay valid while it lives, even if the file is unlinked.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

// An advisory lock on a file, held while the object lives; the file holds our process id for the message.
class FileLock {
 public:
  // Code::timeout with the holder's process id when another process has it.
  static Result<std::unique_ptr<FileLock>> acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// One operation before it happens. kind: "open" (to read), "make_folder", "write" (from nothing), "append", "truncate"
// (to size), "renew" (at size), "sync" (a file or a folder), "rename" (path is the new name), "link", "exchange",
// "remove".
struct FileOperation {
  std::string_view kind;
  const std::string& path;
  std::string_view bytes = {};
  std::uint64_t size = 0;
  std::string_view from = {};
};

// Sees each operation; an error is what the caller gets instead of it. Tests only.
using FileFaults = std::function<Status(const FileOperation& operation)>;
void set_file_faults(FileFaults faults);

// A sync that failed: the kernel drops what it could not write, says so once, and the next sync of the same bytes would
// succeed without them. So whoever owns files below that folder must write no more until they were written anew.
void note_failed_sync(const std::string& path);
bool sync_failed_below(const std::string& folder);
void settle_failed_syncs(const std::string& folder);  // what is there was written anew and synced

// A folder that is removed with everything in it when the object goes.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make(std::string_view prefix);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace naru
