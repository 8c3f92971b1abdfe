#include "connector/shared/source_file.h"

#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

constexpr std::int64_t kQuietMs = 200;

}  // namespace

Error cannot_read(const std::string& path, const Error& error) {
  if (is_folder(path)) return {Code::unavailable, path + " is a folder, not a file: correct `path`"};
  switch (error.code()) {
    case Code::not_found:
      return {Code::unavailable, "there is no file " + path + ": put it there, or correct `path`"};
    case Code::invalid_argument:
    case Code::corrupt:
    case Code::limit_exceeded:
      return {Code::unavailable, error.describe() + ": put the right file there, or correct `path`"};
    default:
      return error;
  }
}

Result<FileStamp> stamp_of(const std::string& path) { return NARU_TRY(RandomAccessFile::open(path)).stamp(); }

std::string unpacked_extension(const std::string& path) {
  return file_extension(path.ends_with(".zst") ? std::string_view(path).substr(0, path.size() - 4) : path);
}

Status FileChanges::wait(std::int64_t ms_max, std::stop_token stop) {
  if (!watch_) {
    Result<std::unique_ptr<FolderWatch>> opened = FolderWatch::open();
    if (!opened || !(*opened)->add(folder_name(path_))) {
      system_clock().sleep_ms(ms_max, stop);
      return {};
    }
    watch_ = std::move(*opened);
    return {};  // what changed before the watch was there is seen by one more poll
  }
  if (!NARU_TRY(watch_->wait(ms_max, stop))) return {};
  system_clock().sleep_ms(kQuietMs, stop);
  return {};
}

}  // namespace naru
