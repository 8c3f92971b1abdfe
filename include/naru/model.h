// Models behind interfaces: Tokenizer, Embedder, Generator. A local GGUF file, an OpenAI-compatible endpoint and the
// deterministic stub look the same from here.
//
// One object may be used from several threads; a generator may write several answers at once. Text is NFC UTF-8.
// Vectors are unit length.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/id.h"
#include "naru/result.h"

namespace naru {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual Result<std::vector<std::int32_t>> encode(std::string_view text) const = 0;
  virtual Result<std::string> decode(std::span<const std::int32_t> tokens) const = 0;
  virtual std::size_t count(std::string_view text) const = 0;  // what the model would be billed for
};

enum class TextRole : std::uint8_t { query, passage };  // e5 models prefix "query: " or "passage: "

struct ModelInfo {
  std::string name;      // "stub", "multilingual-e5-small-q4", "gpt-..."
  Id128 fingerprint;     // of the weights and of everything that changes the output
  std::uint32_t dims = 0;
  std::uint32_t context_tokens = 0;
  bool english_only = false;
  std::string licence;
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual const ModelInfo& info() const = 0;
  // One unit vector of info().dims a text, in order. Long texts are windowed and averaged. Same text, same vector.
  virtual Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts, TextRole role,
                                                        std::stop_token stop) = 0;
};

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct GenerateRequest {
  std::vector<Message> messages;
  std::uint32_t max_tokens = 256;
  float temperature = 0.0F;
  std::uint64_t seed = 0;
  std::vector<std::string> stop;
  // A JSON schema as text: the answer is valid by it, unless max_tokens or a stop cut it short. "" for any text. Local
  // models refuse a schema that they cannot promise; an endpoint is asked for it.
  std::string json_schema;
  // For the stub, which answers with the best supported sentences: the question and the packed passages.
  std::string question;
  std::vector<std::string> passages;
};

struct Generation {
  std::string text;
  std::uint32_t prompt_tokens = 0, completion_tokens = 0;
  std::uint32_t cached_tokens = 0;  // of the prompt's, those that were kept from earlier requests and not read again
  double first_token_ms = 0, total_ms = 0;
  std::string finish_reason;  // "stop", "length", "cancelled"
};

class Generator {
 public:
  virtual ~Generator() = default;
  virtual const ModelInfo& info() const = 0;
  virtual std::size_t count_tokens(std::string_view text) const = 0;
  // `on_text` is called from the calling thread with each new piece; returning false stops.
  virtual Result<Generation> generate(const GenerateRequest& request,
                                      const std::function<bool(std::string_view)>& on_text, std::stop_token stop) = 0;
};

}  // namespace naru
