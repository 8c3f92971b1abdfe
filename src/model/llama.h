// Local models by llama.cpp: a GGUF file as Tokenizer, Embedder or Generator.
//
// Any thread; what is opened shares the weights with everything else that opened the same file. The file is taken as it
// is: whoever calls has matched its hash or checked it (model/open.cpp does both).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "naru/model.h"
#include "naru/result.h"

namespace naru {

// A chat context of this many tokens unless asked otherwise: few, short passages and an answer fit in half of it, and
// the 1.5B model's keys and values for it take 117 MB.
inline constexpr std::uint32_t kChatContextTokens = 4096;

struct LlamaOptions {
  std::string path;
  std::string name;  // ModelInfo::name
  std::string licence;
  std::string weights_sha256;  // goes into the fingerprint
  bool english_only = false;
  std::uint32_t context_tokens = 0;  // 0: chat kChatContextTokens, embedding what the model was trained with
  std::uint32_t threads = 0;         // of a generator; 0: leased. An embedder runs one thread a context
  std::uint32_t streams = 1;         // of a generator: answers that it writes at once, each with a context of its own
  std::string query_prefix, passage_prefix;
};

// not_found, corrupt, unavailable: as in model/open.h; invalid_argument: the file is a model of another kind.
Result<std::unique_ptr<Embedder>> open_llama_embedder(const LlamaOptions& options);
Result<std::unique_ptr<Generator>> open_llama_generator(const LlamaOptions& options);
Result<std::unique_ptr<Tokenizer>> open_llama_tokenizer(const LlamaOptions& options);

}  // namespace naru
