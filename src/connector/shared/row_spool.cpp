#include "connector/shared/row_spool.h"

namespace naru {

Result<std::uint64_t> RowSpool::add(std::string_view bytes) {
  if (waiting_.size() + bytes.size() > kMemoryBytesMax && !waiting_.empty()) NARU_TRY(flush());
  const std::uint64_t place = written_ + waiting_.size();
  waiting_ += bytes;
  return place;
}

Result<std::string> RowSpool::read(std::uint64_t place, std::size_t size) {
  if (place >= written_) return waiting_.substr(place - written_, size);
  return file_->read_at(place, size);
}

Status RowSpool::flush() {
  if (!folder_) folder_.emplace(NARU_TRY(TemporaryFolder::make("rows")));
  const std::string path = join_path(folder_->path(), "rows");
  NARU_TRY(append_file(path, waiting_));
  if (!file_) file_ = NARU_TRY(RandomAccessFile::open(path));
  written_ += waiting_.size();
  waiting_.clear();
  return {};
}

}  // namespace naru
