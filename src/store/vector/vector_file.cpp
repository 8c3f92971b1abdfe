#include "store/vector/vector_file.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>

#include "base/assert.h"
#include "store/vector/half.h"

namespace naru {

namespace {

constexpr char kMagic[9] = "NARUVEC1";
constexpr std::size_t kHeaderBytes = 64;  // magic, u32 dims, padding: rows start on a cache line
constexpr std::size_t kKeyBytes = 24;     // 16 bytes key, u64 XXH3 of the row's bytes

// More rows than this in memory before they are written: 16 MiB of 384 halves.
constexpr std::size_t kPendingBytesMax = 16U << 20;

std::string header_bytes(std::uint32_t dims) {
  std::string header(kHeaderBytes, '\0');
  std::memcpy(header.data(), kMagic, 8);
  std::memcpy(header.data() + 8, &dims, 4);
  return header;
}

}  // namespace

std::string vector_file_name(const ModelInfo& model) { return model.fingerprint.hex(); }

Result<std::shared_ptr<const VectorRows>> VectorRows::open(const std::string& folder, const std::string& name,
                                                           std::uint32_t dims, std::uint64_t rows) {
  MappedFile data = NARU_TRY(MappedFile::open(join_path(folder, name + ".f16")));
  MappedFile keys = NARU_TRY(MappedFile::open(join_path(folder, name + ".keys")));
  const bool whole = data.bytes().size() >= kHeaderBytes + rows * dims * 2 && keys.bytes().size() >= rows * kKeyBytes;
  if (!whole || data.bytes().substr(0, kHeaderBytes) != header_bytes(dims)) {
    return Error(Code::corrupt, fmt::format("the vector file {} is damaged: {} rows of {} dimensions do not fit in it", name,
                                            rows, dims));
  }
  return std::shared_ptr<const VectorRows>(new VectorRows(std::move(data), std::move(keys), dims, rows));
}

const std::uint16_t* VectorRows::row(std::uint64_t i) const {
  NARU_ASSERT(i < rows_);
  return reinterpret_cast<const std::uint16_t*>(data_.bytes().data() + kHeaderBytes + i * dims_ * 2);
}

std::string_view VectorRows::row_bytes(std::uint64_t i) const {
  return {reinterpret_cast<const char*>(row(i)), dims_ * 2ULL};
}

Id128 VectorRows::key(std::uint64_t i) const {
  NARU_ASSERT(i < rows_);
  return Id128::from_bytes(keys_.bytes().substr(i * kKeyBytes, 16));
}

bool VectorRows::intact(std::uint64_t i) const {
  std::uint64_t written = 0;
  std::memcpy(&written, keys_.bytes().data() + i * kKeyBytes + 16, 8);
  const std::string_view bytes = row_bytes(i);
  return XXH3_64bits(bytes.data(), bytes.size()) == written;
}

Result<std::unique_ptr<VectorWriter>> VectorWriter::open(const std::string& folder, const std::string& name,
                                                         const ModelInfo& model, std::uint64_t committed) {
  const std::string data_path = join_path(folder, name + ".f16"), keys_path = join_path(folder, name + ".keys");
  if (!file_exists(data_path)) NARU_TRY(write_file_durable(data_path, header_bytes(model.dims)));
  if (!file_exists(keys_path)) NARU_TRY(write_file_durable(keys_path, ""));
  const std::uint64_t data_size = kHeaderBytes + committed * model.dims * 2, keys_size = committed * kKeyBytes;
  if (NARU_TRY(file_size(data_path)) < data_size || NARU_TRY(file_size(keys_path)) < keys_size) {
    return Error(Code::corrupt, fmt::format("the vector file {} is shorter than the {} rows that were committed", name,
                                            committed));
  }
  NARU_TRY(truncate_file(data_path, data_size));
  NARU_TRY(truncate_file(keys_path, keys_size));
  std::unique_ptr<VectorWriter> writer(new VectorWriter(data_path, keys_path, model.dims, committed));
  const MappedFile keys = NARU_TRY(MappedFile::open(keys_path));
  writer->by_key_.reserve(committed * 2);
  for (std::uint64_t i = 0; i < committed; ++i) {
    writer->by_key_.emplace(Id128::from_bytes(keys.bytes().substr(i * kKeyBytes, 16)), i);
  }
  return writer;
}

std::optional<std::uint64_t> VectorWriter::find(const Id128& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? std::nullopt : std::optional(it->second);
}

Status VectorWriter::append(const Id128& key, std::span<const float> vector) {
  if (vector.size() != dims_) {
    return Error(Code::invalid_argument, fmt::format("a vector of {} dimensions where {} are kept", vector.size(), dims_));
  }
  if (by_key_.contains(key)) return {};
  std::string bytes(dims_ * 2ULL, '\0');
  for (std::uint32_t d = 0; d < dims_; ++d) {
    const std::uint16_t half = to_half(vector[d]);
    std::memcpy(bytes.data() + d * 2ULL, &half, 2);
  }
  const std::uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size());
  pending_data_ += bytes;
  pending_keys_ += key.bytes();
  pending_keys_.append(reinterpret_cast<const char*>(&checksum), 8);
  by_key_.emplace(key, rows_++);
  if (pending_data_.size() > kPendingBytesMax) return sync();
  return {};
}

Status VectorWriter::sync() {
  if (pending_keys_.empty()) return {};
  NARU_TRY(append_file(data_path_, pending_data_));
  NARU_TRY(append_file(keys_path_, pending_keys_));
  pending_data_.clear();
  pending_keys_.clear();
  NARU_TRY(sync_file(data_path_));
  return sync_file(keys_path_);
}

}  // namespace naru
