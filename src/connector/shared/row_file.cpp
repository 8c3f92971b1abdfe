#include "connector/shared/row_file.h"

#include <fmt/format.h>

#include "runtime/compress.h"

namespace naru {

namespace {

constexpr std::size_t kReadBytes = 1U << 20;

Error too_large(const std::string& path, std::string_view what, std::uint64_t bytes_max) {
  return {Code::limit_exceeded, fmt::format("{} {} more than max_bytes ({}): raise it, or cut the file", path, what,
                                            bytes_max)};
}

}  // namespace

Result<RowFile> RowFile::open(const std::string& path, std::uint64_t bytes_max, const std::stop_token& stop) {
  RowFile file(NARU_TRY(RandomAccessFile::open(path)));
  file.stamp_ = NARU_TRY(file.file_.stamp());
  const auto size = static_cast<std::uint64_t>(file.stamp_.size);
  if (size > bytes_max) return too_large(path, fmt::format("has {} bytes,", size), bytes_max);
  if (path.ends_with(".zst")) NARU_TRY_AT(file.unpack(path, bytes_max, stop), "unpacking " + path);
  return file;
}

Status RowFile::unpack(const std::string& path, std::uint64_t bytes_max, const std::stop_token& stop) {
  unpacked_ = std::make_unique<Spool>();
  std::uint64_t offset = 0;
  const auto read = [&]() -> Result<std::string> {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading " + path);
    std::string bytes = NARU_TRY(file_.read_at(offset, kReadBytes));
    offset += bytes.size();
    return bytes;
  };
  return zstd_decompress(read, [&](std::string_view bytes) -> Status {
    if (unpacked_->size() + bytes.size() > bytes_max) return too_large(path, "unpacks to", bytes_max);
    NARU_TRY(unpacked_->add(bytes));
    return {};
  });
}

Result<std::string> RowFile::read_at(std::uint64_t offset, std::size_t bytes_max) {
  return unpacked_ ? unpacked_->read(offset, bytes_max, window_) : file_.read_at(offset, bytes_max);
}

}  // namespace naru
