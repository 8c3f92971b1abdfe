#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "model/base64.h"
#include "model/bert_gguf.h"
#include "model/e5_convert.h"
#include "base/little_endian.h"
#include "model/minilm_convert.h"
#include "runtime/random.h"

namespace naru {

namespace {

constexpr std::uint32_t kHidden = 32, kLayers = 2, kFeedForward = 64, kWordRows = 9, kPositions = 16;
const std::vector<std::string> kPieces = {"<s>", "<pad>", "</s>", "<unk>", "▁나루", "터", "<mask>"};
const BertShape kShape = {kHidden, kLayers, 1, kFeedForward, 7, kPositions, 2, 1e-12F};

std::string noise(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.below(256));
  return bytes;
}

std::uint64_t elements_of(const BertTensor& tensor) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dimension : tensor.dimensions) elements *= dimension;
  return elements;
}

// A whole E5S1 file of a tiny model, as the layout in e5_convert.h says.
std::string make_e5() {
  std::string out = "E5S1";
  put_le(out, std::uint32_t{1});
  for (const std::uint32_t number : {kHidden, kLayers, 1U, kFeedForward, kWordRows, kPositions, 2U}) {
    put_le(out, number);
  }
  put_le(out, 1e-12F);
  put_le(out, std::int32_t{32});
  for (const std::int32_t number : {7, 0, 2, 1, 3}) put_le(out, number);
  std::string blob;
  for (const std::string& piece : kPieces) blob += piece;
  put_le(out, std::uint64_t{blob.size()});
  std::uint32_t offset = 0;
  put_le(out, offset);
  for (const std::string& piece : kPieces) put_le(out, offset += static_cast<std::uint32_t>(piece.size()));
  for (std::size_t i = 0; i < kPieces.size(); ++i) put_le(out, -1.5F * static_cast<float>(i));
  out += blob;
  put_le(out, std::int32_t{1});
  put_le(out, std::uint32_t{5});
  out += "norma";

  const std::vector<BertTensor> tensors = bert_tensors(kShape, BertSource::e5s1);
  std::string list, data;
  std::size_t list_bytes = 0;
  for (const BertTensor& tensor : tensors) list_bytes += 2 + tensor.source_name.size() + 21;
  const std::size_t start = out.size() + 4 + list_bytes;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const bool words = tensors[i].source_name == "emb.word";
    const std::uint64_t elements = words ? std::uint64_t{kWordRows} * kHidden : elements_of(tensors[i]);
    const TensorType type = tensors[i].matrix ? TensorType::q4_0 : TensorType::f32;
    const std::string bytes = noise(static_cast<std::size_t>(tensor_bytes(type, elements)), i);
    put_le(list, static_cast<std::uint16_t>(tensors[i].source_name.size()));
    list += tensors[i].source_name;
    list += static_cast<char>(tensors[i].matrix ? 1 : 0);
    put_le(list, static_cast<std::uint32_t>(elements));
    put_le(list, std::uint64_t{start + data.size()});
    put_le(list, std::uint64_t{bytes.size()});
    data += bytes;
  }
  put_le(out, static_cast<std::int32_t>(tensors.size()));
  return out + list + data;
}

std::string make_tokenizer(const std::vector<std::string>& pieces = kPieces) {
  Json vocabulary = Json::array();
  for (const std::string& piece : pieces) vocabulary.push_back({piece, 0.0});
  const Json charsmap{{"type", "Precompiled"}, {"precompiled_charsmap", "Y2hhcnNtYXA="}};  // "charsmap"
  const Json normalizer{{"type", "Sequence"}, {"normalizers", {{{"type", "Replace"}}, charsmap}}};
  return Json{{"normalizer", normalizer}, {"model", {{"vocab", vocabulary}}}}.dump();
}

// What a GGUF file says, read back by the layout in gguf_write.h.
struct Gguf {
  struct Tensor {
    std::vector<std::uint64_t> dimensions;
    std::uint32_t type = 0;
    std::string_view data;
  };
  std::map<std::string, Json> keys;
  std::map<std::string, Tensor> tensors;
};

std::string read_string(BoundedReader& in) { return std::string(in.take(in.number<std::uint64_t>())); }

Json read_value(BoundedReader& in, std::uint32_t type) {
  switch (type) {
    case 0: return in.number<std::uint8_t>();
    case 4: return in.number<std::uint32_t>();
    case 5: return in.number<std::int32_t>();
    case 6: return in.number<float>();
    case 7: return in.number<std::uint8_t>() == 1;
    case 8: return read_string(in);
    default: break;
  }
  EXPECT_EQ(type, 9U);
  const auto inner = in.number<std::uint32_t>();
  const auto count = in.number<std::uint64_t>();
  Json array = Json::array();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) array.push_back(read_value(in, inner));
  return array;
}

Gguf read_gguf_bytes(std::string_view bytes) {
  Gguf file;
  BoundedReader in(bytes);
  EXPECT_EQ(in.take(4), "GGUF");
  EXPECT_EQ(in.number<std::uint32_t>(), 3U);
  const auto tensors = in.number<std::uint64_t>();
  const auto keys = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < keys; ++i) {
    const std::string key = read_string(in);
    file.keys[key] = read_value(in, in.number<std::uint32_t>());
  }
  std::vector<std::pair<std::string, std::uint64_t>> offsets;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    const std::string name = read_string(in);
    Gguf::Tensor& tensor = file.tensors[name];
    const auto dimensions = in.number<std::uint32_t>();
    for (std::uint32_t d = 0; d < dimensions; ++d) tensor.dimensions.push_back(in.number<std::uint64_t>());
    tensor.type = in.number<std::uint32_t>();
    offsets.emplace_back(name, in.number<std::uint64_t>());
    EXPECT_EQ(offsets.back().second % 32, 0U);
  }
  EXPECT_TRUE(in.ok());
  const std::size_t start = (in.at() + 31) / 32 * 32;
  for (const auto& [name, offset] : offsets) {
    Gguf::Tensor& tensor = file.tensors[name];
    std::uint64_t elements = 1;
    for (const std::uint64_t dimension : tensor.dimensions) elements *= dimension;
    const std::uint64_t size = tensor_bytes(static_cast<TensorType>(tensor.type), elements);
    EXPECT_LE(start + offset + size, bytes.size()) << name;
    tensor.data = bytes.substr(start + offset, size);
  }
  return file;
}

constexpr const char* kVocabulary = "[PAD]\n[unused0]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nferry\n##man\n";

// A safetensors file of a tiny model with the given f32 at every place of its matrices.
std::string make_safetensors(const std::function<float(std::size_t)>& value) {
  BertShape shape = kShape;
  shape.pieces = 8;
  Json header;
  std::string data;
  header["__metadata__"] = {{"format", "pt"}};
  for (const BertTensor& tensor : bert_tensors(shape, BertSource::safetensors)) {
    const std::size_t begin = data.size();
    for (std::size_t i = 0; i < elements_of(tensor); ++i) put_le(data, value(i));
    std::vector<std::uint64_t> extent(tensor.dimensions.rbegin(), tensor.dimensions.rend());
    header[tensor.source_name] = {{"dtype", "F32"}, {"shape", extent}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  std::string out;
  put_le(out, std::uint64_t{text.size()});
  return out + text + data;
}

float half_to_float(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const float fraction = static_cast<float>(half & 1023) / 1024.0F;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  return sign * (exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1.0F + fraction, exponent - 15));
}

float value_of_q8(std::string_view data, std::size_t index) {
  const std::string_view block = data.substr(index / 32 * 34, 34);
  std::uint16_t scale = 0;
  std::memcpy(&scale, block.data(), 2);
  return half_to_float(scale) * static_cast<float>(static_cast<std::int8_t>(block[2 + index % 32]));
}

}  // namespace

TEST(E5Convert, BlocksAndPiecesComeOverByteByByte) {
  const auto bytes = convert_e5(make_e5(), make_tokenizer());
  ASSERT_TRUE(bytes) << bytes.error().describe();
  const Gguf file = read_gguf_bytes(*bytes);
  EXPECT_EQ(file.keys.at("general.architecture"), "bert");
  EXPECT_EQ(file.keys.at("bert.block_count"), kLayers);
  EXPECT_EQ(file.keys.at("bert.embedding_length"), kHidden);
  EXPECT_EQ(file.keys.at("bert.context_length"), kPositions);
  EXPECT_EQ(file.keys.at("bert.pooling_type"), 1);
  EXPECT_EQ(file.keys.at("tokenizer.ggml.model"), "t5");
  EXPECT_EQ(file.keys.at("tokenizer.ggml.tokens"), Json(kPieces));
  EXPECT_EQ(file.keys.at("tokenizer.ggml.scores")[5], -7.5);
  EXPECT_EQ(file.keys.at("tokenizer.ggml.token_type"), Json({3, 3, 3, 2, 1, 1, 3}));
  EXPECT_EQ(file.keys.at("tokenizer.ggml.mask_token_id"), 6);
  EXPECT_EQ(file.keys.at("tokenizer.ggml.precompiled_charsmap").size(), 8U);
  const std::vector<BertTensor> tensors = bert_tensors(kShape, BertSource::e5s1);
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Gguf::Tensor& tensor = file.tensors.at(tensors[i].name);
    EXPECT_EQ(tensor.dimensions, tensors[i].dimensions) << tensors[i].name;
    EXPECT_EQ(tensor.type, tensors[i].matrix ? 2U : 0U);
    EXPECT_EQ(tensor.data, noise(tensor.data.size(), i)) << tensors[i].name;  // the word table's first rows
  }
}

TEST(E5Convert, TheSameInputGivesTheSameBytes) {
  EXPECT_EQ(*convert_e5(make_e5(), make_tokenizer()), *convert_e5(make_e5(), make_tokenizer()));
}

TEST(E5Convert, AFileCutAnywhereIsRefused) {
  const std::string whole = make_e5();
  const std::string tokenizer = make_tokenizer();
  for (std::size_t size = 0; size < whole.size(); size += size < 1500 ? 1 : 977) {
    const auto bytes = convert_e5(whole.substr(0, size), tokenizer);
    ASSERT_FALSE(bytes) << size;
    EXPECT_EQ(bytes.error().code(), Code::corrupt);
  }
}

TEST(E5Convert, TurnedBytesNeverReadOutside) {
  const std::string whole = make_e5();
  const std::string tokenizer = make_tokenizer();
  for (std::size_t at = 0; at < 1500; ++at) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string turned = whole;
      turned[at] = value;
      const auto bytes = convert_e5(turned, tokenizer);
      if (!bytes) {
        EXPECT_EQ(bytes.error().code(), Code::corrupt);
      }
    }
  }
}

TEST(E5Convert, ATokenizerOfOtherPiecesIsRefused) {
  std::vector<std::string> pieces = kPieces;
  pieces[4] = "▁다른";
  EXPECT_EQ(convert_e5(make_e5(), make_tokenizer(pieces)).error().code(), Code::corrupt);
  for (const char* json : {"", "[]", "{\"model\": 1}", "{\"model\": {\"vocab\": [1, 2]}}", "{\"normalizer\": {}}"}) {
    EXPECT_EQ(convert_e5(make_e5(), json).error().code(), Code::corrupt) << json;
  }
}

TEST(MinilmConvert, MatricesAreRoundedAndTheRestIsKept) {
  const auto value = [](std::size_t i) { return std::sin(static_cast<float>(i)) * 0.3F; };
  const auto bytes = convert_minilm(make_safetensors(value), kVocabulary);
  ASSERT_TRUE(bytes) << bytes.error().describe();
  const Gguf file = read_gguf_bytes(*bytes);
  EXPECT_EQ(file.keys.at("bert.block_count"), kLayers);
  EXPECT_EQ(file.keys.at("bert.feed_forward_length"), kFeedForward);
  EXPECT_EQ(file.keys.at("tokenizer.ggml.tokens")[6], "▁ferry");
  EXPECT_EQ(file.keys.at("tokenizer.ggml.tokens")[7], "man");
  EXPECT_EQ(file.keys.at("tokenizer.ggml.tokens")[3], "[CLS]");
  EXPECT_EQ(file.keys.at("tokenizer.ggml.bos_token_id"), 3);
  EXPECT_EQ(file.keys.at("tokenizer.ggml.token_type")[1], 1);
  const Gguf::Tensor& matrix = file.tensors.at("blk.1.ffn_down.weight");
  EXPECT_EQ(matrix.type, 8U);
  EXPECT_EQ(matrix.dimensions, (std::vector<std::uint64_t>{kFeedForward, kHidden}));
  for (std::size_t i = 0; i < std::size_t{kFeedForward} * kHidden; ++i) {
    // Half a step of the 8-bit grid, and what the 11-bit scale loses.
    EXPECT_NEAR(value_of_q8(matrix.data, i), value(i), 0.3F / 127 / 2 + 0.3F / 2048) << i;
  }
  const Gguf::Tensor& norm = file.tensors.at("token_embd_norm.bias");
  EXPECT_EQ(norm.type, 0U);
  float second = 0;
  std::memcpy(&second, norm.data.data() + 4, 4);
  EXPECT_EQ(second, value(1));
}

TEST(MinilmConvert, TinyAndZeroValuesStayFinite) {
  for (const float tiny : {0.0F, 1e-9F, 1e-6F, 6e-5F}) {
    const auto bytes = convert_minilm(make_safetensors([&](std::size_t) { return tiny; }), kVocabulary);
    ASSERT_TRUE(bytes);
    const Gguf file = read_gguf_bytes(*bytes);
    EXPECT_NEAR(value_of_q8(file.tensors.at("blk.0.attn_q.weight").data, 5), tiny, tiny * 0.5F + 4e-6F);
  }
}

TEST(MinilmConvert, DamagedFilesAreRefused) {
  const std::string whole = make_safetensors([](std::size_t) { return 0.1F; });
  const std::string data_missing = whole.substr(0, whole.size() - 1);
  const std::string not_finite = make_safetensors([](std::size_t) { return INFINITY; });
  const std::string endless_header = std::string(8, '\xff') + "{}";
  for (const std::string& bytes : {std::string(), endless_header, whole.substr(0, 100), data_missing, not_finite}) {
    EXPECT_EQ(convert_minilm(bytes, kVocabulary).error().code(), Code::corrupt) << bytes.size();
  }
  EXPECT_EQ(convert_minilm(whole, "a\nb\n").error().code(), Code::corrupt);
  EXPECT_EQ(convert_minilm(whole, "a\nb\nc\nd\ne\nf\ng\nh\n").error().code(), Code::corrupt);  // no [CLS]
}

TEST(Base64, GivesBytesOrAnError) {
  EXPECT_EQ(*decode_base64(""), "");
  EXPECT_EQ(*decode_base64("Zg=="), "f");
  EXPECT_EQ(*decode_base64("Zm8"), "fo");
  EXPECT_EQ(*decode_base64("+/8A"), std::string("\xfb\xff\x00", 3));
  for (const char* bytes : {"", "f", "fo", "foo", "\xfb\xff\x7f"}) {
    EXPECT_EQ(*decode_base64(encode_base64(bytes)), bytes);
  }
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  for (const char* wrong : {"Z", "Zm9v!", "Zm 9v", "Z===", "====", "Zg=g"}) EXPECT_FALSE(decode_base64(wrong)) << wrong;
}

}  // namespace naru
