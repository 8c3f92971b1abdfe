#include "model/minilm_convert.h"

#include <algorithm>
#include <cmath>
#include <list>

#include "base/json.h"
#include "model/bert_gguf.h"
#include "base/little_endian.h"

namespace naru {

namespace {

// What the weights do not say themselves, from the model's config.json.
constexpr std::uint32_t kHeadDims = 32;  // 12 heads of 384
constexpr float kLayerNormEpsilon = 1e-12F;
constexpr std::uint64_t kHeaderBytesMax = 8U << 20;
constexpr std::uint32_t kLayersMax = 256;
constexpr std::uint32_t kFileTypeQ8 = 7;  // LLAMA_FTYPE_MOSTLY_Q8_0
constexpr std::size_t kBlockValues = 32;
constexpr float kInt8Max = 127.0F;

Error damaged(const std::string& what) { return {Code::corrupt, "the safetensors file is damaged: " + what}; }

struct Safetensors {
  Json header;
  std::string_view data;
};

Result<Safetensors> read_safetensors(std::string_view bytes) {
  BoundedReader in(bytes);
  const auto header_bytes = in.number<std::uint64_t>();
  if (header_bytes > kHeaderBytesMax) return damaged("an impossible header");
  const std::string_view text = in.take(header_bytes);
  if (!in.ok()) return damaged("it ends inside the header");
  const std::string name = "the header of safetensors";
  Safetensors file{NARU_TRY_AT(parse_json(text), name), bytes.substr(in.at())};
  if (!file.header.is_object()) return damaged("no header");
  return file;
}

// Rows and columns of a tensor; a vector is one row. Zero where there is no such tensor.
struct Extent {
  std::uint64_t rows = 0, columns = 0;
};

Extent extent_of(const Safetensors& file, const std::string& name) {
  if (!file.header.contains(name)) return {};
  const Json& entry = file.header[name];
  if (!entry.is_object() || !entry.contains("shape") || !entry["shape"].is_array()) return {};
  const Json& shape = entry["shape"];
  if (shape.empty() || shape.size() > 2) return {};
  for (const Json& number : shape) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() > UINT32_MAX) return {};
  }
  if (shape.size() == 1) return {1, shape[0].get<std::uint64_t>()};
  return {shape[0].get<std::uint64_t>(), shape[1].get<std::uint64_t>()};
}

Result<std::string_view> data_of(const Safetensors& file, const BertTensor& tensor) {
  const Extent extent = extent_of(file, tensor.source_name);
  const std::uint64_t rows = tensor.dimensions.size() == 2 ? tensor.dimensions[1] : 1;
  if (extent.columns != tensor.dimensions[0] || extent.rows != rows) {
    return damaged("the tensor " + tensor.source_name + " is missing or has another shape");
  }
  const Json& entry = file.header[tensor.source_name];
  if (!entry.contains("dtype") || entry["dtype"] != "F32") return damaged(tensor.source_name + " is not F32");
  if (!entry.contains("data_offsets") || !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2 ||
      !entry["data_offsets"][0].is_number_unsigned() || !entry["data_offsets"][1].is_number_unsigned()) {
    return damaged("no place of " + tensor.source_name);
  }
  const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
  const auto end = entry["data_offsets"][1].get<std::uint64_t>();
  if (begin > end || end > file.data.size() || end - begin != extent.rows * extent.columns * sizeof(float)) {
    return damaged("the tensor " + tensor.source_name + " is not inside");
  }
  return file.data.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

Result<BertShape> shape_of(const Safetensors& file, std::size_t pieces) {
  BertShape shape;
  const Extent words = extent_of(file, "embeddings.word_embeddings.weight");
  if (words.rows != pieces) return damaged("another number of words than the vocabulary has");
  shape.hidden = static_cast<std::uint32_t>(words.columns);
  shape.heads = shape.hidden / kHeadDims;
  shape.pieces = static_cast<std::uint32_t>(words.rows);
  shape.positions = static_cast<std::uint32_t>(extent_of(file, "embeddings.position_embeddings.weight").rows);
  shape.token_types = static_cast<std::uint32_t>(extent_of(file, "embeddings.token_type_embeddings.weight").rows);
  const auto up_of = [&](std::uint32_t layer) {
    return extent_of(file, "encoder.layer." + std::to_string(layer) + ".intermediate.dense.weight").rows;
  };
  shape.feed_forward = static_cast<std::uint32_t>(up_of(0));
  while (shape.layers < kLayersMax && up_of(shape.layers) != 0) ++shape.layers;
  shape.layer_norm_epsilon = kLayerNormEpsilon;
  NARU_TRY(check_shape(shape));
  return shape;
}

// IEEE 754 binary16, to nearest even. The scales that come here are small and finite; larger ones become infinite.
std::uint16_t to_half(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | 0x7c00;  // 65,536 and more
  if (magnitude < 0x38800000) {                       // below 2^-14: subnormal, a multiple of 2^-24
    const float scaled = std::fabs(value) * 16777216.0F;
    return sign | static_cast<std::uint16_t>(std::nearbyint(scaled));
  }
  const std::uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return sign | static_cast<std::uint16_t>((rounded - 0x38000000) >> 13);
}

// ggml's Q8_0: 32 values as an f16 scale (the largest magnitude / 127) and 32 signed bytes.
std::string quantise_q8(std::string_view data) {
  std::string out;
  out.reserve(tensor_bytes(TensorType::q8_0, data.size() / sizeof(float)));
  for (std::size_t at = 0; at < data.size(); at += kBlockValues * sizeof(float)) {
    float values[kBlockValues];
    std::memcpy(values, data.data() + at, sizeof values);
    float largest = 0;
    for (const float value : values) largest = std::max(largest, std::fabs(value));
    const float scale = largest / kInt8Max;
    const float inverse = scale != 0 ? 1.0F / scale : 0.0F;
    put_le(out, to_half(scale));
    for (const float value : values) out += static_cast<char>(static_cast<int>(std::round(value * inverse)));
  }
  return out;
}

bool all_finite(std::string_view data) {
  for (std::size_t at = 0; at + sizeof(float) <= data.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, data.data() + at, sizeof value);
    if (!std::isfinite(value)) return false;
  }
  return true;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// llama.cpp's form of WordPiece: what begins a word carries U+2581, what continues one carries nothing.
std::string marked(const std::string& piece) {
  if (piece.starts_with('[') && piece.ends_with(']')) return piece;
  return piece.starts_with("##") ? piece.substr(2) : "\xe2\x96\x81" + piece;
}

Status add_tokenizer(GgufWriter& writer, const std::vector<std::string>& pieces) {
  struct Special {
    const char* piece;
    std::vector<const char*> keys;
  };
  // The names in llama.cpp, one of them misspelt there.
  const std::vector<Special> specials = {
      {"[CLS]", {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.cls_token_id"}},
      {"[UNK]", {"tokenizer.ggml.unknown_token_id"}},
      {"[SEP]", {"tokenizer.ggml.seperator_token_id"}},
      {"[PAD]", {"tokenizer.ggml.padding_token_id"}},
      {"[MASK]", {"tokenizer.ggml.mask_token_id"}},
  };
  std::vector<std::int32_t> kinds(pieces.size(), kPieceNormal);
  std::vector<std::string> tokens;
  for (const std::string& piece : pieces) tokens.push_back(marked(piece));
  writer.add_string("tokenizer.ggml.model", "bert");
  writer.add_string("tokenizer.ggml.pre", "default");
  for (const Special& special : specials) {
    const auto found = std::find(pieces.begin(), pieces.end(), special.piece);
    if (found == pieces.end()) return Error(Code::corrupt, std::string("the vocabulary has no ") + special.piece);
    const auto id = static_cast<std::size_t>(found - pieces.begin());
    kinds[id] = special.piece == std::string_view("[UNK]") ? kPieceUnknown : kPieceControl;
    for (const char* key : special.keys) writer.add_u32(key, static_cast<std::uint32_t>(id));
  }
  writer.add_strings("tokenizer.ggml.tokens", tokens);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  return {};
}

}  // namespace

Result<std::string> convert_minilm(std::string_view safetensors, std::string_view vocabulary) {
  const Safetensors file = NARU_TRY(read_safetensors(safetensors));
  const std::vector<std::string> pieces = split_lines(vocabulary);
  const BertShape shape = NARU_TRY(shape_of(file, pieces.size()));
  GgufWriter writer;
  add_bert_keys(writer, {"all-MiniLM-L6-v2", "apache-2.0", "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
                         kFileTypeQ8}, shape);
  NARU_TRY(add_tokenizer(writer, pieces));
  std::list<std::string> quantised;  // stays where it is: the writer keeps views
  for (const BertTensor& tensor : bert_tensors(shape, BertSource::safetensors)) {
    const std::string_view data = NARU_TRY(data_of(file, tensor));
    if (!all_finite(data)) return damaged(tensor.source_name + " holds values that are no numbers");
    if (!tensor.matrix) {
      writer.add_tensor(tensor.name, tensor.dimensions, TensorType::f32, data);
      continue;
    }
    quantised.push_back(quantise_q8(data));
    writer.add_tensor(tensor.name, tensor.dimensions, TensorType::q8_0, quantised.back());
  }
  return writer.bytes();
}

}  // namespace naru
