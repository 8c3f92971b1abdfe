#include "runtime/spool.h"

#include <algorithm>

#include "runtime/compress.h"

namespace naru {

namespace {

// Unpacked together: small enough for who reads here and there, large enough to pack well.
constexpr std::size_t kBlockBytes = 128U << 10;
// Written together, once there is a file.
constexpr std::size_t kSpillBytes = 8 * kBlockBytes;
constexpr int kCompression = 1;

}  // namespace

Result<std::uint64_t> Spool::add(std::string_view bytes) {
  const std::uint64_t place = size();
  waiting_ += bytes;
  if (waiting_.size() > (file_ ? std::min(kSpillBytes, memory_bytes_max_) : memory_bytes_max_)) NARU_TRY(spill());
  return place;
}

// All whole blocks.
Status Spool::spill() {
  if (waiting_.size() < kBlockBytes) return {};
  if (!file_) file_.emplace(NARU_TRY(ScratchFile::make()));
  std::string packed;
  std::size_t done = 0;
  std::uint64_t end = ends_.empty() ? 0 : ends_.back();
  for (; waiting_.size() - done >= kBlockBytes; done += kBlockBytes) {
    const std::string block = zstd_compress(std::string_view(waiting_).substr(done, kBlockBytes), kCompression);
    ends_.push_back(end += block.size());
    packed += block;
    if (packed.size() < kSpillBytes && waiting_.size() - done >= 2 * kBlockBytes) continue;
    NARU_TRY(file_->append(packed));
    packed.clear();
  }
  written_ += done;
  waiting_.erase(0, done);
  if (waiting_.capacity() > 2 * kSpillBytes) waiting_.shrink_to_fit();
  return {};
}

Result<std::string> Spool::read(std::uint64_t place, std::size_t size, Window& window) const {
  const std::uint64_t end = std::min<std::uint64_t>(this->size(), place + size);
  std::string bytes;
  if (place >= end) return bytes;
  bytes.reserve(end - place);
  while (place < std::min(end, written_)) {
    const std::string_view unpacked = NARU_TRY(block(place / kBlockBytes, window));
    const std::string_view part = unpacked.substr(place % kBlockBytes, end - place);
    bytes += part;
    place += part.size();
  }
  if (place < end) bytes += std::string_view(waiting_).substr(place - written_, end - place);
  return bytes;
}

Result<std::string_view> Spool::block(std::uint64_t number, Window& window) const {
  if (window.block == number) return std::string_view(window.bytes);
  const std::uint64_t start = number == 0 ? 0 : ends_[number - 1];
  std::string packed(ends_[number] - start, '\0');
  NARU_TRY(file_->read(start, packed));
  window.block = UINT64_MAX;
  window.bytes = NARU_TRY(zstd_decompress(packed, kBlockBytes));
  if (window.bytes.size() != kBlockBytes) return Error(Code::corrupt, "a temporary file was changed");
  window.block = number;
  return std::string_view(window.bytes);
}

}  // namespace naru
