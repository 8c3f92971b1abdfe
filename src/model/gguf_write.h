// GgufWriter: puts metadata and tensors into the bytes of a GGUF file, version 3, as ggml's gguf.h describes it:
//
//   magic "GGUF" | u32 3 | u64 tensors | u64 keys | keys: string, u32 type, value
//   | tensors: string name, u32 dimensions, u64 each (the innermost first), u32 type, u64 offset from the data's start
//   | padding | data, each padded
//
// All little-endian; strings are u64 length and bytes; padding is to 32 bytes. Call in the order in which the file
// shall hold things: the same calls give the same bytes. One thread; tensors are kept by reference until bytes().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

// ggml's numbers for the types that we write.
enum class TensorType : std::uint32_t { f32 = 0, q4_0 = 2, q8_0 = 8 };

// Bytes of `elements` values, which must be a multiple of 32 for the quantised types.
std::uint64_t tensor_bytes(TensorType type, std::uint64_t elements);

class GgufWriter {
 public:
  void add_string(std::string_view key, std::string_view value);
  void add_u32(std::string_view key, std::uint32_t value);
  void add_f32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_strings(std::string_view key, std::span<const std::string> values);
  void add_f32s(std::string_view key, std::span<const float> values);
  void add_i32s(std::string_view key, std::span<const std::int32_t> values);
  void add_bytes(std::string_view key, std::string_view values);  // an array of u8

  // `dimensions` innermost first; `data` must live until bytes() and have tensor_bytes() of their product.
  void add_tensor(std::string_view name, std::span<const std::uint64_t> dimensions, TensorType type,
                  std::string_view data);

  std::string bytes() const;

 private:
  void add_key(std::string_view key, std::uint32_t type);
  void add_array(std::string_view key, std::uint32_t type, std::uint64_t count);

  std::string keys_, infos_;
  std::uint64_t key_count_ = 0, data_bytes_ = 0;
  std::vector<std::string_view> tensors_;
};

}  // namespace naru
