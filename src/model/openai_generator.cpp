#include <fmt/format.h>

#include <algorithm>

#include "model/event_stream.h"
#include "model/openai.h"
#include "model/openai_endpoint.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What small remote models read; `context_tokens` says otherwise.
constexpr std::uint32_t kContextTokens = 8'192;
constexpr std::size_t kStopsMax = 4;                // OpenAI takes no more
constexpr std::size_t kTextBytesMax = 4U << 20;     // of one answer
constexpr std::size_t kPlainBytesMax = 8U << 20;    // of an answer that is no event stream
constexpr int kRefusedParametersMax = 5;            // as many as below
constexpr const char* kPath = "/chat/completions";

// Parameters that an endpoint may not know; without them the answer is still one.
constexpr const char* kOptional[] = {"stream_options", "seed", "temperature", "stop"};

// Takes out what the refusal names. False: it names nothing that we could leave out.
bool leave_out(Json& body, const std::string& message) {
  if (body.contains("max_tokens") && message.find("max_completion_tokens") != std::string::npos) {
    body["max_completion_tokens"] = body["max_tokens"];
    body.erase("max_tokens");
    return true;
  }
  for (const char* name : kOptional) {
    if (!body.contains(name) || message.find(name) == std::string::npos) continue;
    body.erase(name);
    return true;
  }
  return false;
}

// An answer as it comes: a stream of events, or one JSON object from endpoints that do not stream.
class Answer {
 public:
  Answer(const OpenaiEndpoint& endpoint, const std::function<bool(std::string_view)>& on_text, const Clock& clock)
      : endpoint_(endpoint), on_text_(on_text), clock_(clock), start_ns_(clock.monotonic_ns()) {}

  // False ends the transfer; status() says whether as an error.
  bool add(std::string_view piece) {
    if (!stream_.any() && plain_.size() < kPlainBytesMax) plain_ += piece;
    if (status_) status_ = stream_.add(piece, [&](std::string_view data) { return take_event(data); });
    return status_.has_value() && !stopped_;
  }

  Status finish() {
    if (status_ && !stopped_) status_ = stream_.finish([&](std::string_view data) { return take_event(data); });
    NARU_TRY(Status(status_));
    if (stopped_) {
      generation_.finish_reason = "cancelled";
      return {};
    }
    if (!stream_.any()) return take_plain();
    if (!done_ && generation_.finish_reason.empty()) {
      return Error(Code::unavailable, "the answer broke off before its end; ask again");
    }
    return {};
  }

  bool stopped() const { return stopped_; }
  const Status& status() const { return status_; }
  Generation& generation() { return generation_; }
  double elapsed() const { return elapsed_ms(start_ns_, clock_.monotonic_ns()); }

 private:
  Status take_event(std::string_view data) {
    if (done_) return {};
    if (data == "[DONE]") {
      done_ = true;
      return {};
    }
    const auto json = parse_json(data);
    if (!json || !json->is_object()) return endpoint_.nonsense("an event that is not JSON");
    if (json->contains("error")) {
      return Error(Code::unavailable, "the endpoint gave up: \"" + endpoint_.message_of(data) + "\"");
    }
    take_usage(*json);
    if (!json->contains("choices") || !(*json)["choices"].is_array() || (*json)["choices"].empty()) return {};
    return take_choice((*json)["choices"][0], "delta");
  }

  Status take_plain() {
    const auto json = parse_json(plain_);
    if (!json || !json->is_object() || !json->contains("choices") || !(*json)["choices"].is_array() ||
        (*json)["choices"].empty()) {
      return endpoint_.nonsense("no \"choices\" in the answer of /chat/completions");
    }
    take_usage(*json);
    return take_choice((*json)["choices"][0], "message");
  }

  Status take_choice(const Json& choice, const char* part) {
    if (!choice.is_object()) return endpoint_.nonsense("a choice that is none");
    if (choice.contains(part)) NARU_TRY(take_text(text_at(choice[part], "content")));
    const std::string reason = text_at(choice, "finish_reason");
    if (!reason.empty()) generation_.finish_reason = reason;
    return {};
  }

  Status take_text(const std::string& text) {
    if (text.empty()) return {};
    if (generation_.text.empty()) generation_.first_token_ms = elapsed();
    if (generation_.text.size() + text.size() > kTextBytesMax) {
      return Error(Code::limit_exceeded, "an answer of more than " + std::to_string(kTextBytesMax) + " bytes");
    }
    const std::string sound = repair_utf8(text);
    generation_.text += sound;
    stopped_ = on_text_ && !on_text_(sound);
    return {};
  }

  void take_usage(const Json& json) {
    if (!json.contains("usage") || !json["usage"].is_object()) return;
    const auto count = [](const Json& usage, const char* name, std::uint32_t& to) {
      if (!usage.is_object() || !usage.contains(name) || !usage[name].is_number_unsigned()) return;
      to = static_cast<std::uint32_t>(std::min<std::uint64_t>(usage[name].get<std::uint64_t>(), UINT32_MAX));
    };
    count(json["usage"], "prompt_tokens", generation_.prompt_tokens);
    count(json["usage"], "completion_tokens", generation_.completion_tokens);
    if (json["usage"].contains("prompt_tokens_details")) {
      count(json["usage"]["prompt_tokens_details"], "cached_tokens", generation_.cached_tokens);
    }
  }

  const OpenaiEndpoint& endpoint_;
  const std::function<bool(std::string_view)>& on_text_;
  const Clock& clock_;
  std::int64_t start_ns_;
  EventStream stream_;
  std::string plain_;
  Status status_;
  bool done_ = false, stopped_ = false;
  Generation generation_;
};

class OpenaiGenerator : public Generator {
 public:
  OpenaiGenerator(const ModelSpec& spec, const Clock& clock)
      : endpoint_(spec, "models.chat.openai", clock), clock_(clock) {
    info_.name = spec.model;
    info_.fingerprint = hash128({"openai-generator", spec.url, spec.model});
    info_.context_tokens = spec.context_tokens != 0 ? spec.context_tokens : kContextTokens;
    info_.licence = "remote";
  }

  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override { return estimate_tokens(text); }

  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override {
    Json body = NARU_TRY(body_of(request));
    for (int refused = 0;; ++refused) {
      Answer answer(endpoint_, on_text, clock_);
      const auto on_piece = [&](std::string_view piece) { return answer.add(piece); };
      const Result<HttpClientResponse> response = endpoint_.post(kPath, body, on_piece, stop);
      const bool may_adapt = response && (response->status == 400 || response->status == 422);
      if (may_adapt && refused < kRefusedParametersMax && leave_out(body, response->body)) continue;
      return finish(answer, response, request, stop);
    }
  }

 private:
  Result<Json> body_of(const GenerateRequest& request) const {
    Json messages = Json::array();
    for (const Message& message : request.messages) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
    Json body{{"model", info_.name},           {"messages", messages},
              {"max_tokens", request.max_tokens}, {"temperature", request.temperature},
              {"stream", true},                {"stream_options", {{"include_usage", true}}}};
    if (!request.json_schema.empty()) {
      const Json schema = NARU_TRY_AT(parse_json(request.json_schema), "the JSON schema");
      body["response_format"] = {{"type", "json_schema"},
                                 {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", schema}}}};
    }
    if (request.seed != 0) body["seed"] = request.seed;
    if (!request.stop.empty()) {
      body["stop"] = std::vector<std::string>(request.stop.begin(),
                                              request.stop.begin() + std::min(request.stop.size(), kStopsMax));
    }
    return body;
  }

  Result<Generation> finish(Answer& answer, const Result<HttpClientResponse>& response, const GenerateRequest& request,
                            std::stop_token stop) {
    if (!answer.status()) return answer.status().error();
    const bool ended_by_us = answer.stopped();
    if (!response && !ended_by_us) return response.error();
    if (response && response->status >= 400) return endpoint_.refusal(*response, kPath, stop);
    NARU_TRY(answer.finish());
    Generation& generation = answer.generation();
    generation.total_ms = answer.elapsed();
    if (generation.finish_reason.empty()) generation.finish_reason = "stop";
    if (generation.prompt_tokens == 0) {  // no usage was sent
      for (const Message& message : request.messages) {
        generation.prompt_tokens += static_cast<std::uint32_t>(estimate_tokens(message.content));
      }
    }
    if (generation.completion_tokens == 0) {
      generation.completion_tokens = static_cast<std::uint32_t>(estimate_tokens(generation.text));
    }
    return std::move(generation);
  }

  OpenaiEndpoint endpoint_;
  const Clock& clock_;
  ModelInfo info_;
};

}  // namespace

Result<std::unique_ptr<Generator>> open_openai_generator(const ModelSpec& spec, const Clock& clock) {
  return std::unique_ptr<Generator>(std::make_unique<OpenaiGenerator>(spec, clock));
}

}  // namespace naru
