#include "model/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "naru/id.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"
#include "text/unicode.h"

namespace naru {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");

constexpr std::string_view kMagic = "GGUF";
constexpr std::size_t kPieceBytes = 1U << 20;       // read from the file at once
constexpr std::uint64_t kDimensionsMax = 4;         // ggml's GGML_MAX_DIMS
constexpr std::uint64_t kElementsMax = 1ULL << 40;  // of one tensor: no product of four dimensions may overflow
constexpr std::uint64_t kDefaultAlignment = 32;     // where general.alignment is not there
constexpr std::uint64_t kAlignmentMax = 1U << 16;
constexpr std::size_t kShownBytes = 60;  // of a foreign name in a message

// Bytes of a file or of memory, the file's in pieces.
class Source {
 public:
  explicit Source(std::string_view bytes) : bytes_(bytes), size_(bytes.size()) {}
  Source(const RandomAccessFile& file, std::uint64_t size) : file_(&file), size_(size) {}
  std::uint64_t size() const { return size_; }

  // At most kPieceBytes; shorter only at the end.
  Result<std::string_view> at(std::uint64_t offset, std::size_t bytes) {
    if (file_ == nullptr) return bytes_.substr(std::min<std::uint64_t>(offset, size_), bytes);
    if (offset < start_ || offset + bytes > start_ + piece_.size()) {
      piece_ = NARU_TRY(file_->read_at(offset, kPieceBytes));
      start_ = offset;
    }
    return std::string_view(piece_).substr(offset - start_, bytes);
  }

 private:
  std::string_view bytes_;
  const RandomAccessFile* file_ = nullptr;
  std::uint64_t size_, start_ = 0;
  std::string piece_;
};

std::string shown(std::string_view name) { return fmt::format("\"{}\"", repair_utf8(name.substr(0, kShownBytes))); }

Error truncated() { return {Code::corrupt, "the GGUF file ends in the middle of its header"}; }

std::size_t size_of(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::boolean:
      return 1;
    case GgufType::u16:
    case GgufType::i16:
      return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32:
      return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64:
      return 8;
    case GgufType::string:
    case GgufType::array:
      break;
  }
  return 0;
}

class Reader {
 public:
  Reader(Source source, GgufReading reading) : source_(std::move(source)), reading_(reading) {}
  Result<GgufInfo> read();

 private:
  template <class Number>
  Result<Number> number() {
    const std::string_view bytes = NARU_TRY(take(sizeof(Number)));
    Number value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  Result<std::string_view> take(std::size_t bytes);  // valid until the next one
  Result<std::string> string(std::uint64_t bytes_max, const char* what);
  Status skip(std::uint64_t bytes);
  Result<GgufType> type();
  Result<GgufValue> scalar(GgufType type);
  Result<GgufValue> array(const std::string& key);
  Status read_keys(std::uint64_t count);
  Status read_tensors(std::uint64_t count);
  Status place_tensors();

  Source source_;
  const GgufReading reading_;
  std::uint64_t at_ = 0;
  GgufInfo info_;
};

Result<std::string_view> Reader::take(std::size_t bytes) {
  if (at_ + bytes > kGgufHeaderBytesMax) {
    return Error(Code::limit_exceeded, fmt::format("the GGUF header is longer than {} bytes", kGgufHeaderBytesMax));
  }
  const std::string_view taken = NARU_TRY(source_.at(at_, bytes));
  if (taken.size() < bytes) return truncated();
  at_ += bytes;
  return taken;
}

Status Reader::skip(std::uint64_t bytes) {
  if (bytes > source_.size() - at_) return truncated();
  at_ += bytes;
  return {};
}

Result<std::string> Reader::string(std::uint64_t bytes_max, const char* what) {
  const auto bytes = NARU_TRY(number<std::uint64_t>());
  if (bytes > bytes_max) {
    return Error(Code::limit_exceeded,
                 fmt::format("a {} of {} bytes in the GGUF file; at most {}", what, bytes, bytes_max));
  }
  std::string text;
  while (text.size() < bytes) {
    text += NARU_TRY(take(std::min<std::uint64_t>(bytes - text.size(), kPieceBytes)));
  }
  return text;
}

Result<GgufType> Reader::type() {
  const auto number_of_type = NARU_TRY(number<std::uint32_t>());
  if (number_of_type > static_cast<std::uint32_t>(GgufType::f64)) {
    return Error(Code::corrupt, fmt::format("a value of the unknown type {} in the GGUF file", number_of_type));
  }
  return static_cast<GgufType>(number_of_type);
}

Result<GgufValue> Reader::scalar(GgufType type) {
  GgufValue value;
  value.type = type;
  const auto keep = [&](auto number) {
    value.number = static_cast<double>(number);
    value.text = fmt::format("{}", number);
  };
  switch (type) {
    case GgufType::u8:
      keep(NARU_TRY(number<std::uint8_t>()));
      break;
    case GgufType::i8:
      keep(NARU_TRY(number<std::int8_t>()));
      break;
    case GgufType::u16:
      keep(NARU_TRY(number<std::uint16_t>()));
      break;
    case GgufType::i16:
      keep(NARU_TRY(number<std::int16_t>()));
      break;
    case GgufType::u32:
      keep(NARU_TRY(number<std::uint32_t>()));
      break;
    case GgufType::i32:
      keep(NARU_TRY(number<std::int32_t>()));
      break;
    case GgufType::u64:
      keep(NARU_TRY(number<std::uint64_t>()));
      break;
    case GgufType::i64:
      keep(NARU_TRY(number<std::int64_t>()));
      break;
    case GgufType::f32:
      keep(NARU_TRY(number<float>()));
      break;
    case GgufType::f64:
      keep(NARU_TRY(number<double>()));
      break;
    case GgufType::boolean:
      keep(NARU_TRY(number<std::uint8_t>()) != 0);
      break;
    case GgufType::string:
      value.text = NARU_TRY(string(kGgufStringBytesMax, "string"));
      break;
    case GgufType::array:
      return Error(Code::corrupt, "an array inside an array in the GGUF file");
  }
  return value;
}

Result<GgufValue> Reader::array(const std::string& key) {
  GgufValue value;
  value.is_array = true;
  value.type = NARU_TRY(type());
  value.count = NARU_TRY(number<std::uint64_t>());
  if (value.type == GgufType::array) return Error(Code::corrupt, "an array inside an array in the GGUF file");
  if (value.count > kGgufArrayMax) {
    return Error(Code::limit_exceeded,
                 fmt::format("{} has {} values; at most {}", shown(key), value.count, kGgufArrayMax));
  }
  value.offset = at_;
  if (value.type != GgufType::string) {
    NARU_TRY(skip(value.count * size_of(value.type)));
    return value;
  }
  std::vector<Id128> hashes;
  for (std::uint64_t i = 0; i < value.count; ++i) {
    std::string text = NARU_TRY(string(kGgufStringBytesMax, "string"));
    if (reading_ == GgufReading::for_check) hashes.push_back(hash128(text));
    if (i < kGgufKeptStrings) value.strings.push_back(std::move(text));
  }
  std::sort(hashes.begin(), hashes.end());
  value.distinct = std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end();
  return value;
}

Status Reader::read_keys(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string key = NARU_TRY(string(kGgufNameBytesMax, "key"));
    const GgufType value_type = NARU_TRY(type());
    GgufValue value = value_type == GgufType::array ? NARU_TRY(array(key)) : NARU_TRY(scalar(value_type));
    if (!info_.metadata.emplace(key, std::move(value)).second) {
      return Error(Code::corrupt, fmt::format("the key {} is twice in the GGUF file", shown(key)));
    }
  }
  return {};
}

Result<std::uint64_t> tensor_elements(const GgufTensor& tensor) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dimension : tensor.dimensions) {
    if (dimension == 0 || dimension > kElementsMax / elements) {
      return Error(Code::corrupt, fmt::format("the tensor {} has impossible dimensions", shown(tensor.name)));
    }
    elements *= dimension;
  }
  return elements;
}

Status Reader::read_tensors(std::uint64_t count) {
  std::set<std::string_view> names;
  info_.tensors.reserve(count);  // at most kGgufTensorsMax; no reallocation: `names` looks into it
  for (std::uint64_t i = 0; i < count; ++i) {
    GgufTensor& tensor = info_.tensors.emplace_back();
    tensor.name = NARU_TRY(string(kGgufTensorNameBytesMax, "tensor name"));
    const auto dimensions = NARU_TRY(number<std::uint32_t>());
    if (dimensions == 0 || dimensions > kDimensionsMax) {
      return Error(Code::corrupt, fmt::format("the tensor {} has {} dimensions", shown(tensor.name), dimensions));
    }
    for (std::uint32_t d = 0; d < dimensions; ++d) tensor.dimensions.push_back(NARU_TRY(number<std::uint64_t>()));
    tensor.type = NARU_TRY(number<std::uint32_t>());
    tensor.offset = NARU_TRY(number<std::uint64_t>());
    if (!names.insert(tensor.name).second) {
      return Error(Code::corrupt, fmt::format("the tensor {} is twice in the GGUF file", shown(tensor.name)));
    }

    const GgufBlock block = gguf_block(tensor.type);
    if (block.elements == 0) {
      return Error(Code::unsupported,
                   fmt::format("the tensor {} has the unknown type {}", shown(tensor.name), tensor.type));
    }
    const std::uint64_t elements = NARU_TRY(tensor_elements(tensor));
    if (tensor.dimensions[0] % block.elements != 0) {
      return Error(Code::corrupt,
                   fmt::format("rows of the tensor {} are no whole blocks of {}", shown(tensor.name), block.name));
    }
    tensor.bytes = elements / block.elements * block.bytes;
    info_.parameters += elements;
  }
  return {};
}

Status Reader::place_tensors() {
  const std::uint64_t alignment = info_.number("general.alignment", kDefaultAlignment);
  if (!std::has_single_bit(alignment) || alignment > kAlignmentMax || alignment % 8 != 0) {
    return Error(Code::corrupt, fmt::format("an alignment of {} bytes in the GGUF file", alignment));
  }
  info_.data_offset = (at_ + alignment - 1) / alignment * alignment;
  std::uint64_t expected = 0;  // tensors lie one behind the other, each padded: the loader insists on it
  for (GgufTensor& tensor : info_.tensors) {
    if (tensor.offset != expected) {
      return Error(Code::corrupt,
                   fmt::format("the tensor {} lies at {} instead of {}", shown(tensor.name), tensor.offset, expected));
    }
    expected += (tensor.bytes + alignment - 1) / alignment * alignment;
    tensor.offset += info_.data_offset;
    if (tensor.offset > info_.file_bytes || tensor.bytes > info_.file_bytes - tensor.offset) {
      return Error(Code::corrupt, fmt::format("the GGUF file is cut off: the tensor {} ends {} bytes behind its end",
                                              shown(tensor.name), tensor.offset + tensor.bytes - info_.file_bytes));
    }
  }
  return {};
}

Result<GgufInfo> Reader::read() {
  info_.file_bytes = source_.size();
  const std::string_view start = NARU_TRY(source_.at(0, kMagic.size()));
  if (start != kMagic) return Error(Code::corrupt, "not a GGUF file: it does not begin with \"GGUF\"");
  at_ = kMagic.size();
  info_.version = NARU_TRY(number<std::uint32_t>());
  if (info_.version != 2 && info_.version != 3) {
    if ((info_.version & 0xffffU) == 0) return Error(Code::unsupported, "a big-endian GGUF file");
    constexpr std::uint32_t kVersionMax = 100;  // there were three in three years; more is no version
    return Error(info_.version > kVersionMax ? Code::corrupt : Code::unsupported,
                 fmt::format("GGUF version {}; 2 and 3 are known", info_.version));
  }
  const auto tensors = NARU_TRY(number<std::uint64_t>());
  const auto keys = NARU_TRY(number<std::uint64_t>());
  if (tensors > kGgufTensorsMax || keys > kGgufKeysMax) {
    return Error(Code::limit_exceeded, fmt::format("a GGUF file of {} tensors and {} keys; at most {} and {}", tensors,
                                                   keys, kGgufTensorsMax, kGgufKeysMax));
  }
  NARU_TRY(read_keys(keys));
  NARU_TRY(read_tensors(tensors));
  NARU_TRY(place_tensors());
  return std::move(info_);
}

// --- what a model needs ---

// The library divides by these, or makes tables of their size.
struct Bound {
  const char* name;
  std::uint64_t min, max;
};
constexpr Bound kHyperparameters[] = {
    {"context_length", 1, 1U << 24},
    {"embedding_length", 1, 1U << 17},
    {"block_count", 1, 512},  // the library's LLAMA_MAX_LAYERS
};

Error model_error(std::string what) { return {Code::corrupt, "not a usable model: " + std::move(what)}; }

// An array of that type and length, or nothing of that name.
Status check_array(const GgufInfo& info, const char* key, std::initializer_list<GgufType> types, std::uint64_t count) {
  const auto found = info.metadata.find(key);
  if (found == info.metadata.end()) return {};
  const GgufValue& value = found->second;
  if (!value.is_array || std::find(types.begin(), types.end(), value.type) == types.end()) {
    return model_error(fmt::format("{} is of the wrong type", key));
  }
  if (count != 0 && value.count != count) {
    return model_error(fmt::format("{} has {} values for {} tokens", key, value.count, count));
  }
  return {};
}

Status check_vocabulary(const GgufInfo& info) {
  const auto tokens = info.metadata.find("tokenizer.ggml.tokens");
  if (tokens == info.metadata.end()) return model_error("it has no vocabulary");
  NARU_TRY(check_array(info, "tokenizer.ggml.tokens", {GgufType::string}, 0));
  const std::uint64_t count = tokens->second.count;
  if (count == 0) return model_error("its vocabulary is empty");
  if (!tokens->second.distinct) return model_error("a token is twice in its vocabulary");
  NARU_TRY(check_array(info, "tokenizer.ggml.scores", {GgufType::f32}, count));
  NARU_TRY(check_array(info, "tokenizer.ggml.token_type", {GgufType::i32, GgufType::u32}, count));
  NARU_TRY(check_array(info, "tokenizer.ggml.merges", {GgufType::string}, 0));
  NARU_TRY(check_array(info, "tokenizer.ggml.precompiled_charsmap", {GgufType::u8, GgufType::i8}, 0));
  for (const char* name : {"bos", "eos", "unknown", "separator", "padding", "mask", "cls", "eot", "eom"}) {
    const std::string key = fmt::format("tokenizer.ggml.{}_token_id", name);
    const std::uint64_t id = info.number(key, 0);
    if (id >= count && id != 0xffffffffU) return model_error(fmt::format("{} is {} of {} tokens", key, id, count));
  }
  return {};
}

// Numbers that the kernels take for granted.
Status check_floats(const GgufInfo& info) {
  for (const auto& [key, value] : info.metadata) {
    const bool is_float = !value.is_array && (value.type == GgufType::f32 || value.type == GgufType::f64);
    if (!is_float) continue;
    if (!std::isfinite(value.number)) return model_error(fmt::format("{} is no number", key));
    if (key.ends_with("epsilon") && value.number < 0) return model_error(fmt::format("{} is below zero", key));
  }
  return {};
}

Status check_heads(const GgufInfo& info) {
  const std::string prefix = info.architecture() + ".attention.";
  const auto heads = info.metadata.find(prefix + "head_count");
  if (heads == info.metadata.end()) return model_error("it does not say how many attention heads it has");
  if (heads->second.is_array) {  // by layer: the library takes exactly one a layer
    const std::uint64_t layers = info.hyperparameter("block_count", 0);
    return check_array(info, heads->first.c_str(), {GgufType::u32, GgufType::i32}, layers);
  }
  const std::uint64_t count = info.number(heads->first, 0);
  const std::uint64_t key_heads = info.number(prefix + "head_count_kv", count);
  const std::uint64_t width = info.hyperparameter("embedding_length", 0);
  if (count == 0 || count > width || key_heads == 0 || count % key_heads != 0) {
    return model_error(fmt::format("{} attention heads over {} for a width of {}", count, key_heads, width));
  }
  return {};
}

}  // namespace

GgufBlock gguf_block(std::uint32_t type) {
  // ggml's type_traits, in its order; the holes are types that were removed.
  static constexpr std::array<GgufBlock, 43> kBlocks = {{
      {1, 4, "F32"},
      {1, 2, "F16"},
      {32, 18, "Q4_0"},
      {32, 20, "Q4_1"},
      {},
      {},
      {32, 22, "Q5_0"},
      {32, 24, "Q5_1"},
      {32, 34, "Q8_0"},
      {32, 36, "Q8_1"},
      {256, 84, "Q2_K"},
      {256, 110, "Q3_K"},
      {256, 144, "Q4_K"},
      {256, 176, "Q5_K"},
      {256, 210, "Q6_K"},
      {256, 292, "Q8_K"},
      {256, 66, "IQ2_XXS"},
      {256, 74, "IQ2_XS"},
      {256, 98, "IQ3_XXS"},
      {256, 50, "IQ1_S"},
      {32, 18, "IQ4_NL"},
      {256, 110, "IQ3_S"},
      {256, 82, "IQ2_S"},
      {256, 136, "IQ4_XS"},
      {1, 1, "I8"},
      {1, 2, "I16"},
      {1, 4, "I32"},
      {1, 8, "I64"},
      {1, 8, "F64"},
      {256, 56, "IQ1_M"},
      {1, 2, "BF16"},
      {},
      {},
      {},
      {256, 54, "TQ1_0"},
      {256, 66, "TQ2_0"},
      {},
      {},
      {},
      {32, 17, "MXFP4"},
      {},
      {},
      {},
  }};
  return type < kBlocks.size() ? kBlocks[type] : GgufBlock{};
}

std::string GgufInfo::text(std::string_view key) const {
  const auto found = metadata.find(key);
  return found == metadata.end() || found->second.is_array ? std::string() : found->second.text;
}

std::uint64_t GgufInfo::number(std::string_view key, std::uint64_t absent) const {
  constexpr double kWholeMax = 9007199254740992.0;  // 2^53: above, not every whole number is one of a double
  const auto found = metadata.find(key);
  if (found == metadata.end() || found->second.is_array || found->second.type == GgufType::string) return absent;
  const double value = found->second.number;
  return value >= 0 && value <= kWholeMax && value == std::floor(value) ? static_cast<std::uint64_t>(value) : absent;
}

std::uint64_t GgufInfo::hyperparameter(std::string_view name, std::uint64_t absent) const {
  return number(fmt::format("{}.{}", architecture(), name), absent);
}

bool GgufInfo::is_embedder() const { return hyperparameter("pooling_type", 0) != 0; }

bool GgufInfo::english_only() const {
  const auto languages = metadata.find("general.languages");
  if (languages != metadata.end() && !languages->second.strings.empty()) {
    return languages->second.count == 1 && languages->second.strings[0] == "en";
  }
  // 30,522 pieces: the vocabulary of bert-base-uncased, which most English embedders kept.
  constexpr std::uint64_t kEnglishBert = 30'522;
  const auto tokens = metadata.find("tokenizer.ggml.tokens");
  return text("tokenizer.ggml.model") == "bert" && tokens != metadata.end() && tokens->second.count == kEnglishBert;
}

std::string GgufInfo::quantization() const {
  std::map<std::uint32_t, std::uint64_t> bytes_of;
  for (const GgufTensor& tensor : tensors) bytes_of[tensor.type] += tensor.bytes;
  const auto most = std::max_element(bytes_of.begin(), bytes_of.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == bytes_of.end() ? std::string() : std::string(gguf_block(most->first).name);
}

Result<GgufInfo> read_gguf(const std::string& path, GgufReading reading) {
  const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(path));
  const std::uint64_t size = NARU_TRY(file.stamp())
  .size;
  return NARU_TRY_AT(Reader(Source(file, size), reading).read(), path);
}

Result<GgufInfo> parse_gguf(std::string_view file) { return Reader(Source(file), GgufReading::for_check).read(); }

Status check_model(const GgufInfo& info) {
  if (info.architecture().empty()) return model_error("it does not say its architecture");
  if (info.tensors.empty()) return model_error("it has no tensors");
  if (info.metadata.contains("split.count") && info.number("split.count", 0) > 1) {
    return Error(Code::unsupported, "the model is split over several files: join them first");
  }
  for (const Bound& bound : kHyperparameters) {
    const std::uint64_t value = info.hyperparameter(bound.name, 0);
    if (value >= bound.min && value <= bound.max) continue;
    return model_error(
        fmt::format("{}.{} is {}; {} to {} is possible", info.architecture(), bound.name, value, bound.min, bound.max));
  }
  constexpr std::uint64_t kPoolings = 5;  // none, mean, first, last, rank
  const std::string pooling = info.architecture() + ".pooling_type";
  if (info.metadata.contains(pooling) && info.number(pooling, kPoolings) >= kPoolings) {
    return model_error("it pools its tokens in an unknown way");
  }
  NARU_TRY(check_floats(info));
  NARU_TRY(check_heads(info));
  return check_vocabulary(info);
}

}  // namespace naru
