#include "runtime/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <shared_mutex>

#include "base/ascii.h"
#include "runtime/file_descriptor.h"
#include "runtime/private_file.h"

namespace naru {

namespace {

namespace fs = std::filesystem;

std::shared_mutex faults_mutex;
FileFaults faults;  // protected by faults_mutex

Status injected(const FileOperation& operation) {
  const std::shared_lock lock(faults_mutex);
  return faults ? faults(operation) : Status{};
}

constexpr std::size_t kRenewBytes = 1U << 20;  // at a time

// One that fails is enough to stop a store: a process that sees more need not keep their names.
constexpr std::size_t kFailedSyncsMax = 1024;

std::mutex failed_syncs_mutex;
std::vector<std::string> failed_syncs;  // paths, protected by failed_syncs_mutex

bool lies_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// Length of the UTF-8 sequence at the front, 0 where it is none that may be shown.
std::size_t shown_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and the control characters of Latin-1.
  const bool bad = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0) ||
                   (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90) ||
                   (first == 0xc2 && byte(1) < 0xa0);
  return bad ? 0 : length;
}

// A name may hold any bytes; what would move a cursor or is no UTF-8 is shown as \xNN.
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = shown_bytes(text);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

Status write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno_error("writing " + path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status sync_path(const std::string& path, int flags) {
  Status status = injected({"sync", path});
  if (status) {
    const FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC));
    if (!file.valid()) return errno_error("opening " + path, errno);
    if (::fsync(file.get()) != 0) status = errno_error("syncing " + path, errno);
  }
  if (!status) note_failed_sync(path);
  return status;
}

constexpr mode_t kModeUsual = 0644, kModePrivate = 0600;

Status write_with(const std::string& path, std::string_view bytes, int flags, mode_t mode = kModeUsual) {
  NARU_TRY(injected({flags == O_APPEND ? "append" : "write", path, bytes}));
  const FileDescriptor file(::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, mode));
  if (!file.valid()) return errno_error("opening " + path, errno);
  return write_all(file.get(), bytes, path);
}

}  // namespace

Error errno_error(std::string_view said, int number) {
  const std::string what = printable(said);
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return {Code::not_found, fmt::format("{}: there is no such file or folder", what)};
    case EACCES:
    case EPERM:
      return {Code::io, fmt::format("{}: permission denied; make it readable or writable for this user", what)};
    case ENOSPC:
    case EDQUOT:
      return {Code::io, fmt::format("{}: the disk is full; free some space and run again, nothing was lost", what)};
    case EROFS:
      return {Code::io, fmt::format("{}: the file system is read-only", what)};
    default:
      return {Code::io, fmt::format("{}: {}", what, std::strerror(number))};
  }
}

Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max) {
  NARU_TRY(injected({"open", path}));
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return errno_error("opening " + path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return errno_error("reading " + path, errno);
  if (S_ISDIR(info.st_mode)) return Error(Code::io, fmt::format("{} is a folder, not a file", path));
  if (!S_ISREG(info.st_mode)) return Error(Code::unsupported, fmt::format("{} is not a regular file", path));
  if (static_cast<std::uint64_t>(info.st_size) > bytes_max) {
    return Error(Code::limit_exceeded,
                 fmt::format("{} has {} bytes; at most {} are read", path, info.st_size, bytes_max));
  }
  // One more than it says: the read that finds the end needs no second buffer. Files of /proc say 0, a file may grow.
  std::string bytes(static_cast<std::size_t>(info.st_size) + 1, '\0');
  std::size_t have = 0;
  while (true) {
    if (have > bytes_max) return Error(Code::limit_exceeded, fmt::format("{} has more than {} bytes", path, bytes_max));
    if (have == bytes.size()) bytes.resize(have + have / 2 + 4096);
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("reading " + path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Status write_file(const std::string& path, std::string_view bytes) { return write_with(path, bytes, O_TRUNC); }

Status append_file(const std::string& path, std::string_view bytes) { return write_with(path, bytes, O_APPEND); }

namespace {

Status replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string beside = fmt::format("{}.{}.tmp", path, ::getpid());
  const auto replace = [&]() -> Status {
    NARU_TRY(write_with(beside, bytes, O_TRUNC, mode));
    NARU_TRY(sync_file(beside));
    return rename_file(beside, path);
  };
  if (Status replaced = replace(); !replaced) {
    (void)remove_file(beside);  // a full disk must not be made fuller
    return replaced;
  }
  return sync_folder(folder_name(path));
}

}  // namespace

Status write_file_durable(const std::string& path, std::string_view bytes) {
  return replace_file(path, bytes, kModeUsual);
}

Status write_private_file(const std::string& path, std::string_view bytes) {
  return replace_file(path, bytes, kModePrivate);
}

Status sync_file(const std::string& path) { return sync_path(path, O_RDONLY); }

Status renew_file(const std::string& path) {
  {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.valid()) return errno_error("opening " + path, errno);
    std::string piece(kRenewBytes, '\0');
    for (std::uint64_t at = 0;;) {
      const ssize_t count = ::pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno_error("reading " + path, errno);
      if (count == 0) break;
      const std::string_view bytes(piece.data(), static_cast<std::size_t>(count));
      NARU_TRY(injected({"renew", path, bytes, at}));
      if (::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) != count) {
        return errno_error("writing " + path, errno);
      }
      at += bytes.size();
    }
  }
  return sync_file(path);
}

Status sync_folder(const std::string& path) { return sync_path(path, O_RDONLY | O_DIRECTORY); }

Status make_folders(const std::string& path) {
  NARU_TRY(injected({"make_folder", path}));
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return errno_error("making the folder " + path, error.value());
  return {};
}

Status remove_file(const std::string& path) {
  NARU_TRY(injected({"remove", path}));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("removing " + path, errno);
  return {};
}

Status remove_tree(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return errno_error("removing " + path, error.value());
  return {};
}

Status link_or_copy_file(const std::string& from, const std::string& to) {
  NARU_TRY(injected({"link", to, {}, 0, from}));
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  if (errno == ENOENT) return errno_error("linking " + from, ENOENT);
  const MappedFile file = NARU_TRY(MappedFile::open(from));
  return write_file(to, file.bytes());
}

Status rename_file(const std::string& from, const std::string& to) {
  NARU_TRY(injected({"rename", to, {}, 0, from}));
  if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("renaming " + from, errno);
  return {};
}

Status exchange_files(const std::string& one, const std::string& other) {
  NARU_TRY(injected({"exchange", other, {}, 0, one}));
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return errno_error("exchanging " + one, errno);
  // A file system that cannot do it at once.
  const std::string beside = one + ".exchanged";
  NARU_TRY(rename_file(other, beside));
  if (Status renamed = rename_file(one, other); !renamed) {
    (void)rename_file(beside, other);
    return renamed;
  }
  return rename_file(beside, one);
}

Status truncate_file(const std::string& path, std::uint64_t size) {
  NARU_TRY(injected({"truncate", path, {}, size}));
  if (::truncate(path.c_str(), static_cast<off_t>(size)) != 0) return errno_error("cutting " + path, errno);
  return {};
}

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool may_write_in(const std::string& folder) { return ::access(folder.c_str(), W_OK | X_OK) == 0; }

Result<std::uint64_t> file_size(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno_error("reading the size of " + path, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

std::uint64_t folder_bytes(const std::string& path) {
  std::uint64_t total = 0;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(path, options, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    const std::uintmax_t size = it->file_size(ignored);
    if (!ignored) total += size;
  }
  return total;
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (error) return errno_error("looking at the disk of " + path, error.value());
  return static_cast<std::uint64_t>(space.available);
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return errno_error("opening the folder " + path, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int number = errno;
  ::closedir(folder);
  if (number != 0) return errno_error("listing the folder " + path, number);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> absolute_path(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) return errno_error("resolving " + path, error.value());
  return whole.lexically_normal().string();
}

std::string executable_folder() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length <= 0 ? std::string(".") : folder_name({path.data(), static_cast<std::size_t>(length)});
}

std::string home_folder() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? home : ".";
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || (!name.empty() && name.front() == '/')) return std::string(name);
  std::string path(folder);
  if (path.back() != '/') path += '/';
  return path.append(name);
}

std::string file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string folder_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

std::string file_extension(std::string_view path) {
  std::string name = file_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return {};
  return lower_ascii(std::string_view(name).substr(dot + 1));
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  NARU_TRY(injected({"open", path}));
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno_error("opening " + path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return errno_error("reading " + path, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return errno_error("mapping " + path, errno);
  return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
  other.size_ = 0;
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

Result<std::unique_ptr<FileLock>> FileLock::acquire(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return errno_error("opening " + path, errno);
  std::unique_ptr<FileLock> lock(new FileLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const ssize_t length = ::pread(descriptor, holder.data(), holder.size() - 1, 0);
    std::string who(holder.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    while (!who.empty() && who.back() == '\n') who.pop_back();
    return Error(Code::timeout, fmt::format("another naru (process {}) is writing here ({}); wait for it or stop it",
                                            who.empty() ? "unknown" : who, path));
  }
  const std::string own = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0) return errno_error("writing " + path, errno);
  if (::pwrite(descriptor, own.data(), own.size(), 0) < 0) return errno_error("writing " + path, errno);
  return lock;
}

FileLock::~FileLock() { ::close(descriptor_); }

void set_file_faults(FileFaults new_faults) {
  const std::unique_lock lock(faults_mutex);
  faults = std::move(new_faults);
}

void note_failed_sync(const std::string& path) {
  const std::lock_guard lock(failed_syncs_mutex);
  if (failed_syncs.size() < kFailedSyncsMax) failed_syncs.push_back(path);
}

bool sync_failed_below(const std::string& folder) {
  const std::lock_guard lock(failed_syncs_mutex);
  return failed_syncs.size() == kFailedSyncsMax ||
         std::any_of(failed_syncs.begin(), failed_syncs.end(),
                     [&](const std::string& path) { return lies_below(path, folder); });
}

void settle_failed_syncs(const std::string& folder) {
  const std::lock_guard lock(failed_syncs_mutex);
  std::erase_if(failed_syncs, [&](const std::string& path) { return lies_below(path, folder); });
}

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string pattern = fmt::format("{}/{}XXXXXX", base != nullptr && *base != '\0' ? base : "/tmp", prefix);
  if (::mkdtemp(pattern.data()) == nullptr) return errno_error("making a temporary folder " + pattern, errno);
  return TemporaryFolder(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace naru
