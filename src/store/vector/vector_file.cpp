#include "store/vector/vector_file.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "runtime/failpoint.h"
#include "store/vector/half.h"

namespace naru {

namespace {

constexpr char kMagic[9] = "NARUVEC1";
constexpr std::size_t kHeaderBytes = 64;  // magic, u32 dims, u32 0, name, padding: rows start on a cache line
constexpr std::size_t kNameAt = 16;       // the name is the model's fingerprint: a file of another model is refused
constexpr std::size_t kKeyBytes = 24;     // 16 bytes key, u64 checksum of key and row

// More rows than this in memory before they are written: 16 MiB of 384 halves.
constexpr std::size_t kPendingBytesMax = 16U << 20;

std::string header_bytes(std::string_view name, std::uint32_t dims) {
  std::string header(kHeaderBytes, '\0');
  std::memcpy(header.data(), kMagic, 8);
  std::memcpy(header.data() + 8, &dims, 4);
  std::memcpy(header.data() + kNameAt, name.data(), std::min(name.size(), kHeaderBytes - kNameAt));
  return header;
}

// Of the row's bytes, seeded by its key: a row under a wrong key is found too.
std::uint64_t row_checksum(std::string_view key, std::string_view row) {
  return XXH3_64bits_withSeed(row.data(), row.size(), XXH3_64bits(key.data(), key.size()));
}

Error damaged(std::string_view name, std::uint64_t rows, std::uint32_t dims) {
  return {Code::corrupt,
          fmt::format("the vector file {} is damaged: it does not hold {} rows of {} dimensions; restore it "
                      "from a backup",
                      name, rows, dims)};
}

// Are `rows` rows there, and is it the file of that model?
bool fits(std::string_view data, std::size_t keys_size, std::string_view name, std::uint32_t dims, std::uint64_t rows) {
  return dims > 0 && data.size() >= kHeaderBytes && rows <= (data.size() - kHeaderBytes) / (dims * 2ULL) &&
         rows <= keys_size / kKeyBytes && data.substr(0, kHeaderBytes) == header_bytes(name, dims);
}

}  // namespace

std::string vector_file_name(const ModelInfo& model) { return model.fingerprint.hex(); }

Result<std::shared_ptr<const VectorRows>> VectorRows::open(const std::string& folder, const std::string& name,
                                                           std::uint32_t dims, std::uint64_t rows) {
  const std::string path = join_path(folder, name + ".f16");
  MappedFile data = NARU_TRY(MappedFile::open(path));
  // Should the file be replaced in between: all that anyone sees is the same in both.
  RandomAccessFile reader = NARU_TRY(RandomAccessFile::open(path));
  MappedFile keys = NARU_TRY(MappedFile::open(join_path(folder, name + ".keys")));
  if (!fits(data.bytes(), keys.bytes().size(), name, dims, rows)) return damaged(name, rows, dims);
  return std::shared_ptr<const VectorRows>(
      new VectorRows(std::move(data), std::move(reader), std::move(keys), dims, rows));
}

const std::uint16_t* VectorRows::row(std::uint64_t i) const {
  NARU_ASSERT(i < rows_);
  return reinterpret_cast<const std::uint16_t*>(data_.bytes().data() + kHeaderBytes + i * dims_ * 2);
}

Status VectorRows::read(std::uint64_t i, std::span<std::uint16_t> to) const {
  NARU_ASSERT(i < rows_ && to.size() == dims_);
  return reader_.read(kHeaderBytes + i * dims_ * 2, {reinterpret_cast<char*>(to.data()), to.size_bytes()});
}

std::string_view VectorRows::row_bytes(std::uint64_t i) const {
  return {reinterpret_cast<const char*>(row(i)), dims_ * 2ULL};
}

std::string_view VectorRows::key_entry(std::uint64_t i) const {
  NARU_ASSERT(i < rows_);
  return keys_.bytes().substr(i * kKeyBytes, kKeyBytes);
}

Id128 VectorRows::key(std::uint64_t i) const { return Id128::from_bytes(key_entry(i).substr(0, 16)); }

bool VectorRows::erased(std::uint64_t i) const {
  return row_bytes(i).find_first_not_of('\0') == std::string_view::npos;
}

bool VectorRows::intact(std::uint64_t i) const {
  std::uint64_t written = 0;
  const std::string_view entry = key_entry(i);
  std::memcpy(&written, entry.data() + 16, 8);
  return row_checksum(entry.substr(0, 16), row_bytes(i)) == written;
}

namespace {

// A file of `count` records behind `head`, those that are not kept replaced by `blank`.
Status rewrite(const std::string& path, std::string_view head, std::string_view old, std::string_view blank,
               std::uint64_t count, const Bitmap& kept) {
  const std::string beside = path + ".new";  // named by nothing: collected when a writer opens
  NARU_TRY(write_file(beside, head));
  std::string piece;
  for (std::uint64_t i = 0; i < count; ++i) {
    piece += kept.test(i) ? old.substr(head.size() + i * blank.size(), blank.size()) : blank;
    if (piece.size() < kPendingBytesMax && i + 1 < count) continue;
    NARU_TRY(append_file(beside, piece));
    piece.clear();
  }
  NARU_TRY(sync_file(beside));
  NARU_TRY(rename_file(beside, path));
  return sync_folder(folder_name(path));
}

}  // namespace

Result<std::uint64_t> erase_vectors(const std::string& folder, const std::string& name, std::uint32_t dims,
                                    std::uint64_t committed, const Bitmap& kept) {
  const std::string data_path = join_path(folder, name + ".f16"), keys_path = join_path(folder, name + ".keys");
  const MappedFile data = NARU_TRY(MappedFile::open(data_path)), keys = NARU_TRY(MappedFile::open(keys_path));
  if (!fits(data.bytes(), keys.bytes().size(), name, dims, committed)) return damaged(name, committed, dims);
  const std::string blank_row(dims * 2ULL, '\0'), no_key(16, '\0');
  const std::uint64_t checksum = row_checksum(no_key, blank_row);
  const std::string blank_key = no_key + std::string(reinterpret_cast<const char*>(&checksum), 8);
  std::uint64_t left = 0;
  for (std::uint64_t i = 0; i < committed; ++i) {
    const bool blank = data.bytes().substr(kHeaderBytes + i * blank_row.size(), blank_row.size()) == blank_row &&
                       keys.bytes().substr(i * kKeyBytes, kKeyBytes) == blank_key;
    left += !kept.test(i) && !blank ? 1 : 0;
  }
  const bool tail = data.bytes().size() != kHeaderBytes + committed * blank_row.size() ||
                    keys.bytes().size() != committed * kKeyBytes;
  if (left == 0 && !tail) return left;
  NARU_TRY(rewrite(data_path, data.bytes().substr(0, kHeaderBytes), data.bytes(), blank_row, committed, kept));
  NARU_FAILPOINT("forget.within_vectors");
  NARU_TRY(rewrite(keys_path, "", keys.bytes(), blank_key, committed, kept));
  return left;
}

Status copy_vectors(const std::string& folder, const std::string& name, std::uint32_t dims, std::uint64_t rows,
                    const std::string& to) {
  NARU_TRY(VectorRows::open(folder, name, dims, rows));  // long enough, and of this model
  const std::pair<const char*, std::uint64_t> parts[] = {{".f16", kHeaderBytes + rows * dims * 2},
                                                         {".keys", rows * kKeyBytes}};
  for (const auto& [suffix, bytes] : parts) {
    const MappedFile file = NARU_TRY(MappedFile::open(join_path(folder, name + suffix)));
    if (file.bytes().size() < bytes) return Error(Code::corrupt, name + suffix + " is shorter than the truth says");
    NARU_TRY(write_file(join_path(to, name + suffix), file.bytes().substr(0, bytes)));
  }
  return {};
}

Result<std::unique_ptr<VectorWriter>> VectorWriter::open(const std::string& folder, const std::string& name,
                                                         const ModelInfo& model, std::uint64_t committed) {
  const std::string data_path = join_path(folder, name + ".f16"), keys_path = join_path(folder, name + ".keys");
  if (!file_exists(data_path)) NARU_TRY(write_file_durable(data_path, header_bytes(name, model.dims)));
  if (!file_exists(keys_path)) NARU_TRY(write_file_durable(keys_path, ""));
  {
    const MappedFile data = NARU_TRY(MappedFile::open(data_path));
    const std::uint64_t keys_size = NARU_TRY(file_size(keys_path));
    if (!fits(data.bytes(), keys_size, name, model.dims, committed)) return damaged(name, committed, model.dims);
  }
  const std::uint64_t data_size = kHeaderBytes + committed * model.dims * 2, keys_size = committed * kKeyBytes;
  NARU_TRY(truncate_file(data_path, data_size));
  NARU_TRY(truncate_file(keys_path, keys_size));
  std::unique_ptr<VectorWriter> writer(new VectorWriter(data_path, keys_path, model.dims, committed));
  const MappedFile keys = NARU_TRY(MappedFile::open(keys_path));
  writer->by_key_.reserve(committed);
  for (std::uint64_t i = 0; i < committed; ++i) {
    const Id128 key = Id128::from_bytes(keys.bytes().substr(i * kKeyBytes, 16));
    if (key != Id128{}) writer->by_key_.emplace(key, i);  // 0: the row was erased
  }
  return writer;
}

std::optional<std::uint64_t> VectorWriter::find(const Id128& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? std::nullopt : std::optional(it->second);
}

Status VectorWriter::append(const Id128& key, std::span<const float> vector) {
  if (vector.size() != dims_) {
    return Error(Code::invalid_argument,
                 fmt::format("a vector of {} dimensions where {} are kept", vector.size(), dims_));
  }
  if (by_key_.contains(key)) return {};
  std::string bytes(dims_ * 2ULL, '\0');
  for (std::uint32_t d = 0; d < dims_; ++d) {
    const std::uint16_t half = to_half(vector[d]);
    if ((half & 0x7c00) == 0x7c00) {
      return Error(Code::invalid_argument, fmt::format("a vector with {} in it: the model's output is no unit vector",
                                                       vector[d]));
    }
    std::memcpy(bytes.data() + d * 2ULL, &half, 2);
  }
  const std::uint64_t checksum = row_checksum(key.bytes(), bytes);
  pending_data_ += bytes;
  pending_keys_ += key.bytes();
  pending_keys_.append(reinterpret_cast<const char*>(&checksum), 8);
  by_key_.emplace(key, rows_++);
  if (pending_data_.size() > kPendingBytesMax) return sync();
  return {};
}

Result<std::vector<std::vector<float>>> VectorWriter::read(std::span<const std::uint64_t> rows) const {
  const std::uint64_t written = rows_ - pending_keys_.size() / kKeyBytes;
  const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(data_path_));
  std::vector<std::vector<float>> vectors;
  vectors.reserve(rows.size());
  std::vector<std::uint16_t> halves(dims_);
  const std::size_t size = dims_ * 2ULL;
  for (const std::uint64_t row : rows) {
    if (row < written) {
      NARU_TRY(file.read(kHeaderBytes + row * size, {reinterpret_cast<char*>(halves.data()), size}));
    } else {
      std::memcpy(halves.data(), pending_data_.data() + (row - written) * size, size);
    }
    std::vector<float>& vector = vectors.emplace_back();
    for (const std::uint16_t half : halves) vector.push_back(from_half(half));
  }
  return vectors;
}

Status VectorWriter::sync() {
  if (pending_keys_.empty()) return {};
  // What an earlier sync left half written is cut off, so that a sync may be tried again after a full disk.
  const std::uint64_t written = rows_ - pending_keys_.size() / kKeyBytes;
  const auto put = [](const std::string& path, std::uint64_t size, std::string_view bytes) -> Status {
    if (NARU_TRY(file_size(path)) != size) NARU_TRY(truncate_file(path, size));
    NARU_TRY(append_file(path, bytes));
    return sync_file(path);
  };
  NARU_TRY(put(data_path_, kHeaderBytes + written * dims_ * 2, pending_data_));
  NARU_TRY(put(keys_path_, written * kKeyBytes, pending_keys_));
  pending_data_.clear();
  pending_keys_.clear();
  return {};
}

}  // namespace naru
