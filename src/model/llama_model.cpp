#include "model/llama_model.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <mutex>
#include <tuple>

#include "runtime/files.h"
#include "runtime/random_access_file.h"
#include "runtime/trace.h"

namespace naru {

namespace {

constexpr std::size_t kPieceBytes = 256;         // longer than nearly every token; the rare rest asks twice
constexpr std::size_t kMetadataBytesMax = 4096;  // of a scalar that we ask for

Result<llama_model*> load_weights(const LlamaLibrary& api, const std::string& path, LlamaPart part) {
  llama_model_params params = api.llama_model_default_params_();
  params.n_gpu_layers = 0;
  params.vocab_only = part == LlamaPart::vocabulary;
  params.load_mode = LLAMA_LOAD_MODE_MMAP;
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

LlamaModel::LlamaModel(const LlamaLibrary& api, llama_model* model)
    : api_(api),
      model_(model),
      vocab_(api.llama_model_get_vocab_(model)),
      vocabulary_size_(positive(api.llama_vocab_n_tokens_(vocab_))),
      trained_context_(positive(api.llama_model_n_ctx_train_(model))),
      dims_(positive(api.llama_model_n_embd_out_(model))) {}

LlamaModel::~LlamaModel() { api_.llama_model_free_(model_); }

Result<std::shared_ptr<const LlamaModel>> LlamaModel::open(const std::string& path, LlamaPart part) {
  // Device and inode: another name of the same file is the same file, a file that was replaced is not.
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, LlamaPart>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const LlamaModel>> opened;  // protected by mutex; a process opens a handful

  Span span("LlamaModel::open");
  span.value("path", path);
  const LlamaLibrary* api = NARU_TRY(llama_library());
  const FileStamp stamp = NARU_TRY(NARU_TRY(RandomAccessFile::open(path)).stamp());
  const auto key_of = [&](LlamaPart wanted) {
    return Key(stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, wanted);
  };

  const std::lock_guard lock(mutex);  // held while loading: two who want the same file must not load it twice
  if (auto whole = opened[key_of(LlamaPart::whole)].lock()) return whole;
  if (auto same = opened[key_of(part)].lock()) return same;
  llama_model* loaded = NARU_TRY(load_weights(*api, path, part));
  std::shared_ptr<const LlamaModel> model(new LlamaModel(*api, loaded));
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

bool LlamaModel::ends_generation(llama_token token) const { return api_.llama_vocab_is_eog_(vocab_, token); }

bool LlamaModel::is_control(llama_token token) const {
  return (api_.llama_vocab_get_attr_(vocab_, token) & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED)) != 0;
}

std::string_view LlamaModel::token_text(llama_token token) const {
  const char* text = api_.llama_vocab_get_text_(vocab_, token);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string LlamaModel::metadata(const char* key) const {
  std::array<char, kMetadataBytesMax> buffer{};
  const std::int32_t bytes = api_.llama_model_meta_val_str_(model_, key, buffer.data(), buffer.size());
  return bytes < 0 ? std::string() : std::string(buffer.data());
}

}  // namespace naru
