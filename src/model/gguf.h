// GgufInfo: what a GGUF file says of itself, read with a bound for everything, before any library is given the file.
//
//   magic "GGUF" | u32 version 2 or 3 | u64 tensors | u64 keys | keys: string, u32 type, value
//   | tensors: string name, u32 dimensions, u64 each (the innermost first), u32 type, u64 offset | padding | data
//
// All little-endian; a string is u64 length and bytes; an array is u32 type, u64 count, values. Plain values; pure but
// for the reading. Used to refuse files that are none, and by `naru models info`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// Limits, each well above what real models have.
inline constexpr std::uint64_t kGgufHeaderBytesMax = 256ULL << 20;  // vocabularies of 250,000 pieces take 10 MB
inline constexpr std::uint64_t kGgufKeysMax = 4'096;                // the largest known has about 1,000 (MoE overrides)
inline constexpr std::uint64_t kGgufTensorsMax = 65'536;            // 100 layers of 128 experts in three parts: 40,000
inline constexpr std::uint64_t kGgufNameBytesMax = 256;             // keys; ggml itself allows tensor names of 63
inline constexpr std::uint64_t kGgufTensorNameBytesMax = 63;
inline constexpr std::uint64_t kGgufStringBytesMax = 4ULL << 20;  // templates have 30 KiB
inline constexpr std::uint64_t kGgufArrayMax = 16ULL << 20;       // merges of the largest vocabularies: 1 million
inline constexpr std::uint64_t kGgufKeptStrings = 64;             // of an array of strings: languages, tags

enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

struct GgufValue {
  GgufType type = GgufType::string;  // of an array: its elements'
  bool is_array = false;
  std::uint64_t count = 1;           // of an array
  std::uint64_t offset = 0;          // of an array: where in the file its values begin
  std::string text;                  // a scalar as people write it
  double number = 0;                 // a scalar that is a number or a truth value
  std::vector<std::string> strings;  // an array of strings: the first kGgufKeptStrings
  bool distinct = true;              // an array of strings, read for a check: none is there twice
};

struct GgufTensor {
  std::string name;
  std::uint32_t type = 0;                 // ggml's number
  std::vector<std::uint64_t> dimensions;  // innermost first
  std::uint64_t offset = 0, bytes = 0;    // from the start of the file
};

struct GgufInfo {
  std::uint32_t version = 0;
  std::uint64_t file_bytes = 0, data_offset = 0;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;
  std::uint64_t parameters = 0;  // elements of all tensors

  std::string text(std::string_view key) const;                            // "" where it is not there
  std::uint64_t number(std::string_view key, std::uint64_t absent) const;  // whole numbers only
  std::string architecture() const { return text("general.architecture"); }
  std::uint64_t hyperparameter(std::string_view name, std::uint64_t absent) const;  // "ARCHITECTURE.name"
  bool is_embedder() const;          // its tokens are pooled to one vector
  bool english_only() const;         // it says so itself, or its vocabulary is that of English BERT
  std::string quantization() const;  // the type that most of its weights have: "Q4_K"
};

enum class GgufReading : std::uint8_t { plain, for_check };  // for check_model(): looks at every string

// corrupt: not a GGUF file, or one whose numbers do not fit each other or the file; limit_exceeded: above a limit;
// unsupported: a version or tensor type that is not known.
Result<GgufInfo> read_gguf(const std::string& path, GgufReading reading = GgufReading::for_check);
Result<GgufInfo> parse_gguf(std::string_view file);  // the same of bytes in memory

// Whether a language model can be in it: what the loading library takes for granted and would end the process over.
Status check_model(const GgufInfo& info);

// Bytes of one block and how many elements it holds, by ggml's number; {0, 0} where it is not known.
struct GgufBlock {
  std::uint32_t elements = 0, bytes = 0;
  std::string_view name;
};
GgufBlock gguf_block(std::uint32_t type);

}  // namespace naru
