#include "model/bert_gguf.h"

#include <array>

namespace naru {

namespace {

// Ten times the largest embedder that anybody runs on a CPU; beyond is a damaged header.
constexpr std::uint32_t kHiddenMax = 16'384, kLayersMax = 256, kPiecesMax = 4'000'000, kPositionsMax = 131'072;
constexpr std::uint32_t kBlock = 32;        // of the quantised types
constexpr std::uint32_t kPoolingMean = 1;   // llama.cpp's LLAMA_POOLING_TYPE_MEAN
constexpr std::uint32_t kQuantizationVersion = 2;  // ggml's GGML_QNT_VERSION

enum class Shape : std::uint8_t { pieces, positions, types, norm, square, up, down, up_bias };

struct Row {
  const char* gguf;
  const char* e5s1;
  const char* safetensors;
  Shape shape;
};

constexpr std::array<Row, 5> kEmbedding = {{
    {"token_embd.weight", "emb.word", "embeddings.word_embeddings.weight", Shape::pieces},
    {"position_embd.weight", "emb.pos", "embeddings.position_embeddings.weight", Shape::positions},
    {"token_types.weight", "emb.type", "embeddings.token_type_embeddings.weight", Shape::types},
    {"token_embd_norm.weight", "emb.ln.w", "embeddings.LayerNorm.weight", Shape::norm},
    {"token_embd_norm.bias", "emb.ln.b", "embeddings.LayerNorm.bias", Shape::norm},
}};

constexpr std::array<Row, 16> kLayer = {{
    {"attn_q.weight", "q.w", "attention.self.query.weight", Shape::square},
    {"attn_q.bias", "q.b", "attention.self.query.bias", Shape::norm},
    {"attn_k.weight", "k.w", "attention.self.key.weight", Shape::square},
    {"attn_k.bias", "k.b", "attention.self.key.bias", Shape::norm},
    {"attn_v.weight", "v.w", "attention.self.value.weight", Shape::square},
    {"attn_v.bias", "v.b", "attention.self.value.bias", Shape::norm},
    {"attn_output.weight", "ao.w", "attention.output.dense.weight", Shape::square},
    {"attn_output.bias", "ao.b", "attention.output.dense.bias", Shape::norm},
    {"attn_output_norm.weight", "aln.w", "attention.output.LayerNorm.weight", Shape::norm},
    {"attn_output_norm.bias", "aln.b", "attention.output.LayerNorm.bias", Shape::norm},
    {"ffn_up.weight", "fi.w", "intermediate.dense.weight", Shape::up},
    {"ffn_up.bias", "fi.b", "intermediate.dense.bias", Shape::up_bias},
    {"ffn_down.weight", "fo.w", "output.dense.weight", Shape::down},
    {"ffn_down.bias", "fo.b", "output.dense.bias", Shape::norm},
    {"layer_output_norm.weight", "oln.w", "output.LayerNorm.weight", Shape::norm},
    {"layer_output_norm.bias", "oln.b", "output.LayerNorm.bias", Shape::norm},
}};

std::vector<std::uint64_t> dimensions_of(Shape kind, const BertShape& shape) {
  switch (kind) {
    case Shape::pieces: return {shape.hidden, shape.pieces};
    case Shape::positions: return {shape.hidden, shape.positions};
    case Shape::types: return {shape.hidden, shape.token_types};
    case Shape::norm: return {shape.hidden};
    case Shape::square: return {shape.hidden, shape.hidden};
    case Shape::up: return {shape.hidden, shape.feed_forward};
    case Shape::down: return {shape.feed_forward, shape.hidden};
    case Shape::up_bias: return {shape.feed_forward};
  }
  return {};
}

bool is_matrix(Shape kind) {
  return kind == Shape::pieces || kind == Shape::square || kind == Shape::up || kind == Shape::down;
}

}  // namespace

Status check_shape(const BertShape& shape) {
  const auto within = [](std::uint32_t value, std::uint32_t max) { return value >= 1 && value <= max; };
  const bool sound = within(shape.hidden, kHiddenMax) && shape.hidden % kBlock == 0 &&
                     within(shape.feed_forward, 8 * kHiddenMax) && shape.feed_forward % kBlock == 0 &&
                     within(shape.layers, kLayersMax) && within(shape.heads, kHiddenMax) &&
                     shape.hidden % shape.heads == 0 && within(shape.pieces, kPiecesMax) &&
                     within(shape.positions, kPositionsMax) && within(shape.token_types, 16) &&
                     shape.layer_norm_epsilon >= 0 && shape.layer_norm_epsilon < 1;
  if (!sound) return Error(Code::corrupt, "the weights have an impossible shape");
  return {};
}

std::vector<BertTensor> bert_tensors(const BertShape& shape, BertSource source) {
  const bool e5s1 = source == BertSource::e5s1;
  std::vector<BertTensor> tensors;
  const auto add = [&](const Row& row, const std::string& prefix, const std::string& source_prefix) {
    tensors.push_back({prefix + row.gguf, source_prefix + (e5s1 ? row.e5s1 : row.safetensors),
                       dimensions_of(row.shape, shape), is_matrix(row.shape)});
  };
  for (const Row& row : kEmbedding) add(row, "", "");
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) {
    const std::string number = std::to_string(layer);
    const std::string source_prefix = e5s1 ? "l" + number + "." : "encoder.layer." + number + ".";
    for (const Row& row : kLayer) add(row, "blk." + number + ".", source_prefix);
  }
  return tensors;
}

void add_bert_keys(GgufWriter& writer, const BertNames& names, const BertShape& shape) {
  writer.add_string("general.architecture", "bert");
  writer.add_string("general.type", "model");
  writer.add_string("general.name", names.name);
  writer.add_string("general.license", names.licence);
  writer.add_string("general.source.repo_url", names.repository);
  writer.add_u32("general.file_type", names.file_type);
  writer.add_u32("general.quantization_version", kQuantizationVersion);
  writer.add_u32("bert.block_count", shape.layers);
  writer.add_u32("bert.context_length", shape.positions);
  writer.add_u32("bert.embedding_length", shape.hidden);
  writer.add_u32("bert.feed_forward_length", shape.feed_forward);
  writer.add_u32("bert.attention.head_count", shape.heads);
  writer.add_f32("bert.attention.layer_norm_epsilon", shape.layer_norm_epsilon);
  writer.add_bool("bert.attention.causal", false);
  writer.add_u32("bert.pooling_type", kPoolingMean);
  writer.add_u32("tokenizer.ggml.token_type_count", shape.token_types);
}

}  // namespace naru
