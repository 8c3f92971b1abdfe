#include "model/llama_model.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <mutex>
#include <tuple>

#include "model/gguf.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::size_t kPieceBytes = 256;  // longer than nearly every token; the rare rest asks twice

// What keeps the library from loading a vocabulary that we read ourselves.
std::array<llama_model_kv_override, 3> without_vocabulary(const GgufInfo& info, std::size_t size) {
  std::array<llama_model_kv_override, 3> overrides{};  // the last one, empty, ends the list
  const auto name = [](llama_model_kv_override& one, const std::string& key) { key.copy(one.key, sizeof one.key - 1); };
  name(overrides[0], "tokenizer.ggml.model");
  overrides[0].tag = LLAMA_KV_OVERRIDE_TYPE_STR;
  std::string_view("none").copy(overrides[0].val_str, sizeof overrides[0].val_str - 1);
  name(overrides[1], info.architecture() + ".vocab_size");
  overrides[1].tag = LLAMA_KV_OVERRIDE_TYPE_INT;
  overrides[1].val_i64 = static_cast<std::int64_t>(size);
  return overrides;
}

Result<llama_model*> load(const LlamaLibrary& api, const std::string& path, LlamaPart part,
                          const llama_model_kv_override* overrides) {
  llama_model_params params = api.llama_model_default_params_();
  params.n_gpu_layers = 0;
  params.vocab_only = part == LlamaPart::vocabulary;
  params.load_mode = LLAMA_LOAD_MODE_MMAP;
  params.kv_overrides = overrides;
  take_llama_reason();
  llama_model* model =
      NARU_TRY(guard_llama("loading", [&] { return api.llama_model_load_from_file_(path.c_str(), params); }));
  if (model == nullptr) {
    return Error(Code::corrupt, fmt::format("{} is not a model that can be used{}", path, take_llama_reason()));
  }
  return model;
}

std::uint32_t positive(std::int32_t number) { return number > 0 ? static_cast<std::uint32_t>(number) : 0; }

}  // namespace

LlamaModel::LlamaModel(const LlamaLibrary& api, llama_model* model, std::unique_ptr<const UnigramVocabulary> unigram)
    : api_(api),
      model_(model),
      vocab_(unigram == nullptr ? api.llama_model_get_vocab_(model) : nullptr),
      unigram_(std::move(unigram)) {
  vocabulary_size_ =
      vocab_ == nullptr ? static_cast<std::uint32_t>(unigram_->size()) : positive(api.llama_vocab_n_tokens_(vocab_));
  if (model_ == nullptr) return;
  trained_context_ = positive(api.llama_model_n_ctx_train_(model_));
  dims_ = positive(api.llama_model_n_embd_out_(model_));
}

LlamaModel::~LlamaModel() {
  if (model_ != nullptr) api_.llama_model_free_(model_);
}

Result<std::shared_ptr<const LlamaModel>> LlamaModel::load_file(const std::string& path, LlamaPart part) {
  const LlamaLibrary* api = NARU_TRY(llama_library());
  const GgufInfo info = NARU_TRY(read_gguf(path, GgufReading::plain));
  std::unique_ptr<const UnigramVocabulary> unigram;
  if (UnigramVocabulary::suits(info)) unigram = NARU_TRY_AT(UnigramVocabulary::open(path, info), path);
  llama_model* loaded = nullptr;
  if (unigram == nullptr) {
    loaded = NARU_TRY(load(*api, path, part, nullptr));
  } else if (part == LlamaPart::whole) {
    loaded = NARU_TRY(load(*api, path, part, without_vocabulary(info, unigram->size()).data()));
  }
  return std::shared_ptr<const LlamaModel>(new LlamaModel(*api, loaded, std::move(unigram)));
}

Result<std::shared_ptr<const LlamaModel>> LlamaModel::open(const std::string& path, LlamaPart part) {
  // Device and inode: another name of the same file is the same file, a file that was replaced is not.
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, LlamaPart>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const LlamaModel>> opened;  // protected by mutex; a process opens a handful

  Span span("LlamaModel::open");
  span.value("path", path);
  const FileStamp stamp = NARU_TRY(NARU_TRY(RandomAccessFile::open(path)).stamp());
  const auto key_of = [&](LlamaPart wanted) {
    return Key(stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, wanted);
  };

  const std::lock_guard lock(mutex);  // held while loading: two who want the same file must not load it twice
  if (auto whole = opened[key_of(LlamaPart::whole)].lock()) return whole;
  if (auto same = opened[key_of(part)].lock()) return same;
  std::shared_ptr<const LlamaModel> model = NARU_TRY(load_file(path, part));
  if (model->vocabulary_size() == 0) return Error(Code::corrupt, path + " has no vocabulary");
  opened[key_of(part)] = model;
  return model;
}

Result<std::vector<llama_token>> LlamaModel::tokenize(std::string_view text, EndTokens ends,
                                                      ControlTokens controls) const {
  if (text.size() > kTokenizeBytesMax) {
    return Error(Code::limit_exceeded,
                 fmt::format("a text of {} bytes is more than a tokenizer takes at once ({} bytes)", text.size(),
                             kTokenizeBytesMax));
  }
  if (unigram_ != nullptr) {
    std::vector<llama_token> tokens = unigram_->tokenize(text);
    if (ends == EndTokens::none) return tokens;
    tokens.insert(tokens.begin(), unigram_->begin().begin(), unigram_->begin().end());
    tokens.insert(tokens.end(), unigram_->end().begin(), unigram_->end().end());
    return tokens;
  }
  constexpr std::size_t kAround = 8;  // begin and end tokens, a leading space
  std::vector<llama_token> tokens(text.size() / 2 + kAround);
  const auto run = [&] {
    return api_.llama_tokenize_(vocab_, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                                static_cast<std::int32_t>(tokens.size()), ends == EndTokens::added,
                                controls == ControlTokens::as_tokens);
  };
  std::int32_t count = NARU_TRY(guard_llama("tokenizing", run));
  if (count < 0 && count != INT32_MIN) {
    tokens.resize(static_cast<std::size_t>(-static_cast<std::int64_t>(count)));
    count = NARU_TRY(guard_llama("tokenizing", run));
  }
  if (count < 0) return Error(Code::limit_exceeded, fmt::format("a text of {} bytes has too many tokens", text.size()));
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

Result<std::string> LlamaModel::detokenize(std::span<const llama_token> tokens) const {
  for (const llama_token token : tokens) {
    if (!valid(token)) {
      return Error(Code::invalid_argument,
                   fmt::format("the token {} is not in a vocabulary of {}", token, vocabulary_size_));
    }
  }
  if (unigram_ != nullptr) {
    std::string text;
    for (const llama_token token : tokens) text += unigram_->text_of(token);
    if (text.starts_with(' ')) text.erase(0, 1);  // the mark before the first word
    return text;
  }
  constexpr std::size_t kBytesPerToken = 8;  // a guess; too small asks twice
  std::string text(tokens.size() * kBytesPerToken + 1, '\0');
  const auto run = [&] {
    return api_.llama_detokenize_(vocab_, tokens.data(), static_cast<std::int32_t>(tokens.size()), text.data(),
                                  static_cast<std::int32_t>(text.size()), true, false);
  };
  std::int32_t bytes = NARU_TRY(guard_llama("detokenizing", run));
  if (bytes < 0) {
    text.resize(static_cast<std::size_t>(-static_cast<std::int64_t>(bytes)));
    bytes = NARU_TRY(guard_llama("detokenizing", run));
  }
  if (bytes < 0) return Error(Code::internal, "the vocabulary does not say how long its tokens are");
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

Result<std::string> LlamaModel::piece(llama_token token) const {
  if (!valid(token)) return Error(Code::internal, fmt::format("a token {} outside the vocabulary", token));
  if (unigram_ != nullptr) return unigram_->text_of(token);
  std::string text(kPieceBytes, '\0');
  const auto run = [&] {
    return api_.llama_token_to_piece_(vocab_, token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  };
  std::int32_t bytes = NARU_TRY(guard_llama("detokenizing", run));
  if (bytes < 0) {
    text.resize(static_cast<std::size_t>(-static_cast<std::int64_t>(bytes)));
    bytes = NARU_TRY(guard_llama("detokenizing", run));
  }
  if (bytes < 0) return Error(Code::internal, "the vocabulary does not say how long its tokens are");
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

bool LlamaModel::ends_generation(llama_token token) const {
  return vocab_ != nullptr && api_.llama_vocab_is_eog_(vocab_, token);
}

bool LlamaModel::is_control(llama_token token) const {
  constexpr unsigned kControls = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED;
  return vocab_ != nullptr && (api_.llama_vocab_get_attr_(vocab_, token) & kControls) != 0;
}

std::string_view LlamaModel::token_text(llama_token token) const {
  const char* text = vocab_ == nullptr ? nullptr : api_.llama_vocab_get_text_(vocab_, token);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace naru
