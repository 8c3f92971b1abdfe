// What clients of OpenAI's API send, read into plain values. Whatever would change the answer and cannot be done here
// is refused by name; what is only said about a request (user, metadata, ...) is ignored.
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "generate/follow_up.h"
#include "naru/model.h"

namespace naru {

// As the API itself limits them, or the model behind it.
inline constexpr std::size_t kMessagesMax = 1000;
inline constexpr std::size_t kStopsMax = 4;
inline constexpr std::size_t kEmbeddingInputsMax = 2048;
inline constexpr std::size_t kRerankDocumentsMax = 1000;
inline constexpr std::uint32_t kCompletionTokensMax = 32'768;
inline constexpr std::uint32_t kCompletionTokensDefault = 1024;

// What is wrong with a request, and where.
struct Mistake {
  std::string message, parameter;
  std::string code = "invalid_value";
};

struct ChatRequest {
  std::string model;
  GenerateRequest generate;
  bool stream = false, include_usage = false;

  std::string question() const;           // the last message of the user
  std::vector<PastTurn> history() const;  // what was asked and answered before it
};

struct EmbeddingsRequest {
  std::string model;
  std::vector<std::string> inputs;
  TextRole role = TextRole::passage;
  bool base64 = false;
  std::optional<std::uint64_t> dimensions;
};

struct RerankRequest {
  std::string model, query;
  std::vector<std::string> documents;
  std::size_t top = 0;
  bool return_documents = false;
};

std::optional<Mistake> read_chat(const Json& body, ChatRequest& request);
std::optional<Mistake> read_completion(const Json& body, ChatRequest& request);  // the prompt is one user message
std::optional<Mistake> read_embeddings(const Json& body, EmbeddingsRequest& request);
std::optional<Mistake> read_rerank(const Json& body, RerankRequest& request);

}  // namespace naru
