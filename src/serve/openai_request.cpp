#include "serve/openai_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

using Wrong = std::optional<Mistake>;

// Null where it was not given; `null` counts as not given.
const Json* given(const Json& body, const char* name) {
  const auto it = body.find(name);
  return it == body.end() || it->is_null() ? nullptr : &*it;
}

Mistake missing(const char* name) { return {fmt::format("`{}` is missing", name), name, "missing_required_parameter"}; }

Wrong read_text(const Json& body, const char* name, std::string& value) {
  const Json* found = given(body, name);
  if (found == nullptr) return missing(name);
  if (!found->is_string()) return Mistake{fmt::format("`{}` must be a string", name), name, "invalid_type"};
  value = found->get<std::string>();
  return std::nullopt;
}

Wrong read_flag(const Json& body, const char* name, bool& value) {
  const Json* found = given(body, name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) return Mistake{fmt::format("`{}` must be true or false", name), name, "invalid_type"};
  value = found->get<bool>();
  return std::nullopt;
}

// Parameters that would change what is written and that no model here knows; each with the value that changes nothing.
struct Neutral {
  const char* name;
  double value;
};
constexpr std::array<Neutral, 6> kNeutral = {{{"n", 1},
                                              {"best_of", 1},
                                              {"top_p", 1},
                                              {"presence_penalty", 0},
                                              {"frequency_penalty", 0},
                                              {"top_logprobs", 0}}};
constexpr std::array kMustBeEmpty = {"tools", "functions", "logit_bias", "tool_choice", "function_call", "modalities",
                                     "audio", "suffix"};

bool says_nothing(const char* name, const Json& value) {
  if (value.is_object() || value.is_array()) {
    const bool text_only = std::string_view(name) == "modalities" && value == Json::array({"text"});
    return value.empty() || text_only;
  }
  return value == "none" || value == "auto" || value == "";
}

Wrong refuse_unknown(const Json& body) {
  for (const Neutral& neutral : kNeutral) {
    const Json* value = given(body, neutral.name);
    if (value == nullptr || (value->is_number() && value->get<double>() == neutral.value)) continue;
    return Mistake{fmt::format("`{}` can only be {} here", neutral.name, neutral.value), neutral.name,
                   "unsupported_value"};
  }
  for (const char* name : {"logprobs", "echo"}) {
    const Json* value = given(body, name);
    if (value == nullptr || *value == false) continue;
    return Mistake{fmt::format("`{}` is not supported", name), name, "unsupported_value"};
  }
  for (const char* name : kMustBeEmpty) {
    const Json* value = given(body, name);
    if (value == nullptr || says_nothing(name, *value)) continue;
    return Mistake{fmt::format("`{}` is not supported", name), name, "unsupported_value"};
  }
  return std::nullopt;
}

// Text, any JSON object, or JSON by a schema; what a schema cannot promise the model itself refuses.
Wrong read_format(const Json& body, GenerateRequest& generate) {
  const Json* format = given(body, "response_format");
  if (format == nullptr) return std::nullopt;
  const Json type = format->is_object() ? format->value("type", Json()) : Json();
  if (type == "text") return std::nullopt;
  if (type == "json_object") {
    generate.json_schema = R"({"type":"object"})";
    return std::nullopt;
  }
  const Json inside = type == "json_schema" ? format->value("json_schema", Json()) : Json();
  if (!inside.is_object() || !inside.contains("schema")) {
    return Mistake{"`response_format` is {\"type\": \"text\"}, {\"type\": \"json_object\"} or {\"type\": "
                   "\"json_schema\", \"json_schema\": {\"name\", \"schema\"}}",
                   "response_format"};
  }
  generate.json_schema = to_line(inside["schema"]);
  return std::nullopt;
}

Wrong read_tokens_max(const Json& body, GenerateRequest& generate) {
  generate.max_tokens = kCompletionTokensDefault;
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {  // the newer name wins
    const Json* value = given(body, name);
    if (value == nullptr) continue;
    if (!value->is_number_integer() || value->get<std::int64_t>() < 1 ||
        value->get<std::int64_t>() > kCompletionTokensMax) {
      return Mistake{fmt::format("`{}` must be a whole number from 1 to {}", name, kCompletionTokensMax), name};
    }
    generate.max_tokens = value->get<std::uint32_t>();
  }
  return std::nullopt;
}

Wrong read_stops(const Json& body, GenerateRequest& generate) {
  const Json* value = given(body, "stop");
  if (value == nullptr) return std::nullopt;
  const Json list = value->is_string() ? Json::array({*value}) : *value;
  const bool texts = list.is_array() && list.size() <= kStopsMax &&
                     std::all_of(list.begin(), list.end(), [](const Json& stop) {
                       return stop.is_string() && !stop.get_ref<const std::string&>().empty();
                     });
  if (!texts) return Mistake{fmt::format("`stop` must be a string or up to {} strings", kStopsMax), "stop"};
  for (const Json& stop : list) generate.stop.push_back(stop.get<std::string>());
  return std::nullopt;
}

Wrong read_choice(const Json& body, ChatRequest& request) {
  if (Wrong wrong = read_text(body, "model", request.model)) return wrong;
  if (Wrong wrong = refuse_unknown(body)) return wrong;
  if (Wrong wrong = read_flag(body, "stream", request.stream)) return wrong;
  if (const Json* options = given(body, "stream_options")) {
    if (!options->is_object()) return Mistake{"`stream_options` must be an object", "stream_options", "invalid_type"};
    if (Wrong wrong = read_flag(*options, "include_usage", request.include_usage)) return wrong;
  }
  if (Wrong wrong = read_tokens_max(body, request.generate)) return wrong;
  if (const Json* value = given(body, "temperature")) {
    const double temperature = value->is_number() ? value->get<double>() : -1;
    if (!(temperature >= 0 && temperature <= 2)) return Mistake{"`temperature` must be from 0 to 2", "temperature"};
    request.generate.temperature = static_cast<float>(temperature);
  }
  if (const Json* value = given(body, "seed")) {
    if (!value->is_number_integer()) return Mistake{"`seed` must be a whole number", "seed", "invalid_type"};
    request.generate.seed = value->is_number_unsigned() ? value->get<std::uint64_t>()
                                                        : static_cast<std::uint64_t>(value->get<std::int64_t>());
  }
  if (const Wrong wrong = read_format(body, request.generate)) return wrong;
  return read_stops(body, request.generate);
}

// Text, or parts of text.
Wrong read_content(const Json& message, std::string& content) {
  const Json* value = given(message, "content");
  if (value == nullptr) return Mistake{"a message has no `content`", "messages", "missing_required_parameter"};
  if (value->is_string()) {
    content = value->get<std::string>();
    return std::nullopt;
  }
  if (!value->is_array()) return Mistake{"`content` must be a string or a list of parts", "messages", "invalid_type"};
  for (const Json& part : *value) {
    const bool text = part.is_object() && part.value("type", Json()) == "text";
    if (!text || !part.value("text", Json()).is_string()) {
      return Mistake{"of parts of `content` only text is read", "messages", "unsupported_value"};
    }
    content += part["text"].get_ref<const std::string&>();
  }
  return std::nullopt;
}

Wrong read_messages(const Json& body, GenerateRequest& generate) {
  const Json* messages = given(body, "messages");
  if (messages == nullptr) return missing("messages");
  if (!messages->is_array() || messages->empty() || messages->size() > kMessagesMax) {
    return Mistake{fmt::format("`messages` must be a list of 1 to {} messages", kMessagesMax), "messages"};
  }
  for (const Json& entry : *messages) {
    if (!entry.is_object() || !entry.value("role", Json()).is_string()) {
      return Mistake{"a message must have a `role`", "messages", "missing_required_parameter"};
    }
    Message message;
    message.role = entry["role"].get<std::string>();
    if (message.role == "developer") message.role = "system";  // the API's newer word for it
    if (message.role != "system" && message.role != "user" && message.role != "assistant") {
      return Mistake{fmt::format("messages of the role \"{}\" are not supported", message.role), "messages",
                     "unsupported_value"};
    }
    if (Wrong wrong = read_content(entry, message.content)) return wrong;
    generate.messages.push_back(std::move(message));
  }
  return std::nullopt;
}

// A text, or the only one of a list; never tokens.
Wrong read_prompt(const Json& body, std::string& prompt) {
  const Json* value = given(body, "prompt");
  if (value == nullptr) return missing("prompt");
  const Json& text = value->is_array() && value->size() == 1 ? value->front() : *value;
  if (!text.is_string()) {
    return Mistake{"`prompt` must be one text; tokens are not read here", "prompt", "invalid_type"};
  }
  prompt = text.get<std::string>();
  return std::nullopt;
}

bool is_tokens(const Json& value) {
  return value.is_array() && !value.empty() && (value.front().is_number() || value.front().is_array());
}

Wrong read_inputs(const Json& body, std::vector<std::string>& inputs) {
  const Json* value = given(body, "input");
  if (value == nullptr) return missing("input");
  if (is_tokens(*value)) {
    return Mistake{"`input` holds token numbers of another model's vocabulary: send the text itself (LangChain: "
                   "check_embedding_ctx_length=False)", "input", "invalid_type"};
  }
  const Json list = value->is_string() ? Json::array({*value}) : *value;
  if (!list.is_array() || list.empty() || list.size() > kEmbeddingInputsMax) {
    return Mistake{fmt::format("`input` must be a text or a list of 1 to {} texts", kEmbeddingInputsMax), "input"};
  }
  for (const Json& text : list) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty()) {
      return Mistake{"each `input` must be a text that is not empty", "input"};
    }
    inputs.push_back(nfc(text.get_ref<const std::string&>()));
  }
  return std::nullopt;
}

}  // namespace

std::string ChatRequest::question() const {
  for (auto message = generate.messages.rbegin(); message != generate.messages.rend(); ++message) {
    if (message->role == "user") return message->content;
  }
  return "";
}

std::vector<PastTurn> ChatRequest::history() const {
  std::vector<PastTurn> turns;
  for (const Message& message : generate.messages) {
    if (message.role == "user") turns.push_back({message.content, ""});
    if (message.role == "assistant" && !turns.empty()) turns.back().answer = message.content;
  }
  if (!turns.empty()) turns.pop_back();  // the question itself
  return turns;
}

std::optional<Mistake> read_chat(const Json& body, ChatRequest& request) {
  if (Wrong wrong = read_choice(body, request)) return wrong;
  return read_messages(body, request.generate);
}

std::optional<Mistake> read_completion(const Json& body, ChatRequest& request) {
  if (Wrong wrong = read_choice(body, request)) return wrong;
  std::string prompt;
  if (Wrong wrong = read_prompt(body, prompt)) return wrong;
  request.generate.messages.push_back({"user", std::move(prompt)});
  return std::nullopt;
}

std::optional<Mistake> read_embeddings(const Json& body, EmbeddingsRequest& request) {
  if (Wrong wrong = read_text(body, "model", request.model)) return wrong;
  if (Wrong wrong = read_inputs(body, request.inputs)) return wrong;
  if (const Json* value = given(body, "encoding_format")) {
    if (*value != "float" && *value != "base64") {
      return Mistake{"`encoding_format` must be float or base64", "encoding_format"};
    }
    request.base64 = *value == "base64";
  }
  if (const Json* value = given(body, "input_type")) {
    if (*value != "query" && *value != "passage") {
      return Mistake{"`input_type` must be query or passage", "input_type"};
    }
    request.role = *value == "query" ? TextRole::query : TextRole::passage;
  }
  if (const Json* value = given(body, "dimensions")) {
    if (!value->is_number_unsigned()) {
      return Mistake{"`dimensions` must be a whole number", "dimensions", "invalid_type"};
    }
    request.dimensions = value->get<std::uint64_t>();
  }
  return std::nullopt;
}

std::optional<Mistake> read_rerank(const Json& body, RerankRequest& request) {
  if (given(body, "model") != nullptr) {
    if (Wrong wrong = read_text(body, "model", request.model)) return wrong;
  }
  if (Wrong wrong = read_text(body, "query", request.query)) return wrong;
  const Json* documents = given(body, "documents");
  if (documents == nullptr) return missing("documents");
  if (!documents->is_array() || documents->empty() || documents->size() > kRerankDocumentsMax) {
    return Mistake{fmt::format("`documents` must be a list of 1 to {} texts", kRerankDocumentsMax), "documents"};
  }
  for (const Json& document : *documents) {
    const Json text = document.is_object() ? document.value("text", Json()) : document;
    if (!text.is_string()) return Mistake{"each of `documents` must be a text, or have one as `text`", "documents"};
    request.documents.push_back(nfc(text.get_ref<const std::string&>()));
  }
  request.top = request.documents.size();
  if (const Json* value = given(body, "top_n")) {
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() == 0) {
      return Mistake{"`top_n` must be a whole number from 1", "top_n"};
    }
    request.top = static_cast<std::size_t>(std::min<std::uint64_t>(value->get<std::uint64_t>(), request.top));
  }
  return read_flag(body, "return_documents", request.return_documents);
}

}  // namespace naru
