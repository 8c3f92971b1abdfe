#include "model/gguf_write.h"

#include "base/assert.h"
#include "base/little_endian.h"

namespace naru {

namespace {

constexpr std::uint32_t kVersion = 3;
constexpr std::uint64_t kAlignment = 32;  // GGUF's default, so that no key has to name it
constexpr std::uint64_t kBlockElements = 32;
constexpr std::uint64_t kQ4BlockBytes = 18;  // an f16 scale and 32 halves of a byte
constexpr std::uint64_t kQ8BlockBytes = 34;  // an f16 scale and 32 bytes

// enum gguf_type
constexpr std::uint32_t kU8 = 0, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9;

std::uint64_t padded(std::uint64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

void put_string(std::string& out, std::string_view text) {
  put_le(out, std::uint64_t{text.size()});
  out += text;
}

}  // namespace

std::uint64_t tensor_bytes(TensorType type, std::uint64_t elements) {
  if (type == TensorType::f32) return elements * sizeof(float);
  NARU_ASSERT(elements % kBlockElements == 0);
  return elements / kBlockElements * (type == TensorType::q4_0 ? kQ4BlockBytes : kQ8BlockBytes);
}

void GgufWriter::add_key(std::string_view key, std::uint32_t type) {
  put_string(keys_, key);
  put_le(keys_, type);
  ++key_count_;
}

void GgufWriter::add_array(std::string_view key, std::uint32_t type, std::uint64_t count) {
  add_key(key, kArray);
  put_le(keys_, type);
  put_le(keys_, count);
}

void GgufWriter::add_string(std::string_view key, std::string_view value) {
  add_key(key, kString);
  put_string(keys_, value);
}

void GgufWriter::add_u32(std::string_view key, std::uint32_t value) {
  add_key(key, kU32);
  put_le(keys_, value);
}

void GgufWriter::add_f32(std::string_view key, float value) {
  add_key(key, kF32);
  put_le(keys_, value);
}

void GgufWriter::add_bool(std::string_view key, bool value) {
  add_key(key, kBool);
  keys_ += static_cast<char>(value ? 1 : 0);
}

void GgufWriter::add_strings(std::string_view key, std::span<const std::string> values) {
  add_array(key, kString, values.size());
  for (const std::string& value : values) put_string(keys_, value);
}

void GgufWriter::add_f32s(std::string_view key, std::span<const float> values) {
  add_array(key, kF32, values.size());
  for (const float value : values) put_le(keys_, value);
}

void GgufWriter::add_i32s(std::string_view key, std::span<const std::int32_t> values) {
  add_array(key, kI32, values.size());
  for (const std::int32_t value : values) put_le(keys_, value);
}

void GgufWriter::add_bytes(std::string_view key, std::string_view values) {
  add_array(key, kU8, values.size());
  keys_ += values;
}

void GgufWriter::add_tensor(std::string_view name, std::span<const std::uint64_t> dimensions, TensorType type,
                            std::string_view data) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dimension : dimensions) elements *= dimension;
  NARU_ASSERT(data.size() == tensor_bytes(type, elements));
  put_string(infos_, name);
  put_le(infos_, static_cast<std::uint32_t>(dimensions.size()));
  for (const std::uint64_t dimension : dimensions) put_le(infos_, dimension);
  put_le(infos_, static_cast<std::uint32_t>(type));
  put_le(infos_, data_bytes_);
  data_bytes_ += padded(data.size());
  tensors_.push_back(data);
}

std::string GgufWriter::bytes() const {
  std::string out = "GGUF";
  put_le(out, kVersion);
  put_le(out, std::uint64_t{tensors_.size()});
  put_le(out, key_count_);
  const std::uint64_t start = padded(out.size() + keys_.size() + infos_.size());
  out.reserve(start + data_bytes_);
  out += keys_;
  out += infos_;
  out.resize(start, '\0');
  for (const std::string_view tensor : tensors_) {
    out += tensor;
    out.resize(padded(out.size()), '\0');
  }
  return out;
}

}  // namespace naru
