// The 4-bit file of multilingual-e5-small ("E5S1") to GGUF, loss-free: its blocks are ggml's Q4_0, byte for byte.
//
//   "E5S1" | u32 version | i32 hidden, layers, heads, feed-forward, word rows, positions, token types | f32 epsilon
//   | i32 values a block | i32 pieces, bos, eos, pad, unk | u64 blob bytes | u32 offsets[pieces + 1]
//   | f32 scores[pieces] | blob of piece bytes | i32 normalizer count | u32 normalizer bytes | normalizer | i32 tensors
//   | per tensor: u16 name bytes, name, u8 type (0 f32, 1 Q4_0), u32 elements, u64 offset in the file, u64 bytes
//
// All little-endian. The normalizer's table is taken from the model's tokenizer.json (the precompiled charsmap), which
// composes sequences; the file's own maps single code points. Pure function; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// corrupt: not such a file, or not the tokenizer of the same pieces.
Result<std::string> convert_e5(std::string_view weights, std::string_view tokenizer_json);

}  // namespace naru
