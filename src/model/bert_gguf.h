// What the GGUF file of a BERT-shaped embedder holds, and under which names its tensors stand in the files it is made
// of.
//
// Both converters (e5_convert.h, minilm_convert.h) write by this one table. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/gguf_write.h"
#include "naru/result.h"

namespace naru {

struct BertShape {
  std::uint32_t hidden = 0, layers = 0, heads = 0, feed_forward = 0;
  std::uint32_t pieces = 0, positions = 0, token_types = 0;
  float layer_norm_epsilon = 0;
};

// corrupt: not the shape of a model that we would convert (each number has a limit, blocks are of 32).
Status check_shape(const BertShape& shape);

enum class BertSource : std::uint8_t { e5s1, safetensors };

struct BertTensor {
  std::string name;         // in GGUF
  std::string source_name;  // in the file it comes from
  std::vector<std::uint64_t> dimensions;  // innermost first
  bool matrix = false;      // a weight that is multiplied or looked up by piece: quantised
};

// In the order in which they are written.
std::vector<BertTensor> bert_tensors(const BertShape& shape, BertSource source);

struct BertNames {
  std::string name, licence, repository;
  std::uint32_t file_type = 0;  // ggml's llama_ftype
};

void add_bert_keys(GgufWriter& writer, const BertNames& names, const BertShape& shape);

// The kinds of piece in tokenizer.ggml.token_type.
inline constexpr std::int32_t kPieceNormal = 1, kPieceUnknown = 2, kPieceControl = 3;

}  // namespace naru
