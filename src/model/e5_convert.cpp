#include "model/e5_convert.h"

#include <map>

#include "base/json.h"
#include "model/base64.h"
#include "model/bert_gguf.h"
#include "base/little_endian.h"

namespace naru {

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::int32_t kBlockValues = 32;        // Q4_0
constexpr std::int32_t kTensorsMax = 8192;       // 256 layers of 16, twice
constexpr std::uint32_t kPieceBytesMax = 4096;   // the longest real one has 48
constexpr std::uint32_t kNormalizerBytesMax = 16U << 20;
constexpr std::uint8_t kTypeF32 = 0, kTypeQ4 = 1;
constexpr std::uint32_t kFileTypeQ4 = 2;         // LLAMA_FTYPE_MOSTLY_Q4_0

struct SourceTensor {
  std::uint8_t type = 0;
  std::uint32_t elements = 0;
  std::string_view data;
};

struct E5File {
  BertShape shape;
  std::uint32_t word_rows = 0;  // of the word table; rows beyond the pieces are never looked up
  std::uint32_t bos = 0, eos = 0, pad = 0, unknown = 0;
  std::vector<std::string> pieces;
  std::vector<float> scores;
  std::map<std::string, SourceTensor, std::less<>> tensors;
};

Error damaged(const std::string& what) { return {Code::corrupt, "the E5S1 file is damaged: " + what}; }

Status read_header(BoundedReader& in, E5File& file) {
  if (in.take(4) != "E5S1") return Error(Code::corrupt, "not an E5S1 file");
  if (in.number<std::uint32_t>() != kVersion) return Error(Code::corrupt, "an E5S1 file of another version");
  file.shape.hidden = in.number<std::uint32_t>();
  file.shape.layers = in.number<std::uint32_t>();
  file.shape.heads = in.number<std::uint32_t>();
  file.shape.feed_forward = in.number<std::uint32_t>();
  file.word_rows = in.number<std::uint32_t>();
  file.shape.positions = in.number<std::uint32_t>();
  file.shape.token_types = in.number<std::uint32_t>();
  file.shape.layer_norm_epsilon = in.number<float>();
  if (in.number<std::int32_t>() != kBlockValues) return Error(Code::corrupt, "an E5S1 file with another block size");
  file.shape.pieces = in.number<std::uint32_t>();
  for (std::uint32_t* id : {&file.bos, &file.eos, &file.pad, &file.unknown}) {
    *id = in.number<std::uint32_t>();
    if (*id >= file.shape.pieces) return damaged("a special piece that is not there");
  }
  NARU_TRY(check_shape(file.shape));
  if (file.word_rows < file.shape.pieces) return damaged("fewer word rows than pieces");
  return {};
}

Status read_pieces(BoundedReader& in, E5File& file) {
  const std::uint32_t count = file.shape.pieces;
  const auto blob_bytes = in.number<std::uint64_t>();
  BoundedReader offsets(in.take((std::uint64_t{count} + 1) * sizeof(std::uint32_t)));
  BoundedReader scores(in.take(std::uint64_t{count} * sizeof(float)));
  const std::string_view blob = in.take(blob_bytes);
  if (!in.ok()) return damaged("it ends inside the pieces");
  auto start = offsets.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto end = offsets.number<std::uint32_t>();
    if (start > end || end > blob.size() || end - start > kPieceBytesMax) return damaged("a piece outside of its text");
    file.pieces.emplace_back(blob.substr(start, end - start));
    file.scores.push_back(scores.number<float>());
    start = end;
  }
  return {};
}

Status read_tensors(BoundedReader& in, std::string_view bytes, E5File& file) {
  const auto count = in.number<std::int32_t>();
  if (count < 0 || count > kTensorsMax) return damaged("an impossible number of tensors");
  for (std::int32_t i = 0; i < count; ++i) {
    const std::string name(in.take(in.number<std::uint16_t>()));
    SourceTensor tensor;
    tensor.type = in.number<std::uint8_t>();
    tensor.elements = in.number<std::uint32_t>();
    const auto offset = in.number<std::uint64_t>();
    const auto size = in.number<std::uint64_t>();
    if (!in.ok()) return damaged("it ends inside the list of tensors");
    if (offset > bytes.size() || size > bytes.size() - offset) return damaged("the tensor " + name + " is not inside");
    tensor.data = bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    file.tensors[name] = tensor;
  }
  return {};
}

Result<E5File> read_e5(std::string_view bytes) {
  E5File file;
  BoundedReader in(bytes);
  NARU_TRY(read_header(in, file));
  NARU_TRY(read_pieces(in, file));
  in.number<std::int32_t>();  // how many entries the normalizer has
  const auto normalizer_bytes = in.number<std::uint32_t>();
  if (normalizer_bytes > kNormalizerBytesMax) return damaged("an impossible normalizer");
  in.take(normalizer_bytes);
  NARU_TRY(read_tensors(in, bytes, file));
  return file;
}

// The "Precompiled" normalizer, alone or in a sequence.
const Json* find_charsmap(const Json& normalizer) {
  if (!normalizer.is_object()) return nullptr;
  if (normalizer.contains("precompiled_charsmap")) return &normalizer["precompiled_charsmap"];
  if (!normalizer.contains("normalizers") || !normalizer["normalizers"].is_array()) return nullptr;
  for (const Json& inner : normalizer["normalizers"]) {
    if (inner.is_object() && inner.contains("precompiled_charsmap")) return &inner["precompiled_charsmap"];
  }
  return nullptr;
}

bool same_pieces(const Json& tokenizer, const std::vector<std::string>& pieces) {
  if (!tokenizer.contains("model") || !tokenizer["model"].is_object()) return false;
  const Json& model = tokenizer["model"];
  if (!model.contains("vocab") || !model["vocab"].is_array() || model["vocab"].size() != pieces.size()) return false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Json& row = model["vocab"][i];
    if (!row.is_array() || row.empty() || !row[0].is_string() || row[0].get_ref<const std::string&>() != pieces[i]) {
      return false;
    }
  }
  return true;
}

Result<std::string> read_charsmap(std::string_view tokenizer_json, const E5File& file) {
  const std::string name = "tokenizer.json";
  const Json tokenizer = NARU_TRY_AT(parse_json(tokenizer_json), name);
  if (!tokenizer.is_object() || !same_pieces(tokenizer, file.pieces)) {
    return Error(Code::corrupt, "tokenizer.json does not have the pieces of the weights");
  }
  const Json* charsmap = tokenizer.contains("normalizer") ? find_charsmap(tokenizer["normalizer"]) : nullptr;
  if (charsmap == nullptr || !charsmap->is_string()) {
    return Error(Code::corrupt, "tokenizer.json has no precompiled charsmap");
  }
  return decode_base64(charsmap->get_ref<const std::string&>());
}

void add_tokenizer(GgufWriter& writer, const E5File& file, std::string_view charsmap) {
  std::vector<std::int32_t> kinds(file.pieces.size(), kPieceNormal);
  for (const std::uint32_t id : {file.bos, file.eos, file.pad}) kinds[id] = kPieceControl;
  kinds[file.unknown] = kPieceUnknown;
  writer.add_string("tokenizer.ggml.model", "t5");
  writer.add_string("tokenizer.ggml.pre", "default");
  // The mask is the last piece of XLM-R's vocabulary, and no text.
  const auto last = static_cast<std::uint32_t>(file.pieces.size() - 1);
  const bool has_mask = file.pieces[last] == "<mask>";
  if (has_mask) kinds[last] = kPieceControl;
  writer.add_strings("tokenizer.ggml.tokens", file.pieces);
  writer.add_f32s("tokenizer.ggml.scores", file.scores);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  writer.add_u32("tokenizer.ggml.bos_token_id", file.bos);
  writer.add_u32("tokenizer.ggml.eos_token_id", file.eos);
  writer.add_u32("tokenizer.ggml.unknown_token_id", file.unknown);
  writer.add_u32("tokenizer.ggml.seperator_token_id", file.eos);  // so spelt in llama.cpp
  writer.add_u32("tokenizer.ggml.padding_token_id", file.pad);
  if (has_mask) writer.add_u32("tokenizer.ggml.mask_token_id", last);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_bool("tokenizer.ggml.add_eos_token", true);
  writer.add_bool("tokenizer.ggml.add_space_prefix", true);
  writer.add_bool("tokenizer.ggml.remove_extra_whitespaces", true);
  writer.add_bytes("tokenizer.ggml.precompiled_charsmap", charsmap);
}

Status add_tensors(GgufWriter& writer, const E5File& file) {
  for (const BertTensor& tensor : bert_tensors(file.shape, BertSource::e5s1)) {
    const auto found = file.tensors.find(tensor.source_name);
    if (found == file.tensors.end()) return damaged("the tensor " + tensor.source_name + " is missing");
    const TensorType type = tensor.matrix ? TensorType::q4_0 : TensorType::f32;
    std::uint64_t elements = 1;
    for (const std::uint64_t dimension : tensor.dimensions) elements *= dimension;
    const std::uint64_t size = tensor_bytes(type, elements);
    const bool words = tensor.source_name == "emb.word";
    const SourceTensor& source = found->second;
    const bool fits = words ? source.elements == std::uint64_t{file.word_rows} * file.shape.hidden &&
                                  source.data.size() == tensor_bytes(type, source.elements)
                            : source.elements == elements && source.data.size() == size;
    if (!fits || source.type != (tensor.matrix ? kTypeQ4 : kTypeF32)) {
      return damaged("the tensor " + tensor.source_name + " has another shape");
    }
    writer.add_tensor(tensor.name, tensor.dimensions, type, source.data.substr(0, static_cast<std::size_t>(size)));
  }
  return {};
}

}  // namespace

Result<std::string> convert_e5(std::string_view weights, std::string_view tokenizer_json) {
  const E5File file = NARU_TRY(read_e5(weights));
  const std::string charsmap = NARU_TRY(read_charsmap(tokenizer_json, file));
  GgufWriter writer;
  add_bert_keys(writer, {"multilingual-e5-small", "mit", "https://huggingface.co/intfloat/multilingual-e5-small",
                         kFileTypeQ4}, file.shape);
  add_tokenizer(writer, file, charsmap);
  NARU_TRY(add_tensors(writer, file));
  return writer.bytes();
}

}  // namespace naru
