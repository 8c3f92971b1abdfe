#include "model/openai_endpoint.h"

#include <fmt/format.h>

#include "text/unicode.h"

namespace naru {

namespace {

// An endpoint that is not there should be noticed by a person who waits for an answer: at most 1.5 s of tries.
constexpr int kAttemptsMax = 3;
constexpr std::size_t kMessageBytesMax = 400;
constexpr std::size_t kModelsShownMax = 10;
constexpr std::uint32_t kModelsTimeoutMs = 5'000;

void replace_all(std::string& text, const std::string& what, std::string_view with) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// "user:password" of http://user:password@host
std::string user_of(const std::string& url) {
  const std::size_t start = url.find("://");
  if (start == std::string::npos) return {};
  const std::string host = url.substr(start + 3, url.find('/', start + 3) - start - 3);
  const std::size_t at = host.rfind('@');
  return at == std::string::npos ? std::string() : host.substr(0, at);
}

const Json* member(const Json& json, const char* name) {
  return json.is_object() && json.contains(name) ? &json[name] : nullptr;
}

}  // namespace

OpenaiEndpoint::OpenaiEndpoint(const ModelSpec& spec, std::string place, const Clock& clock)
    : url_(spec.url), model_(spec.model), key_(spec.key), place_(std::move(place)), timeout_ms_(spec.timeout_ms),
      clock_(clock) {
  while (url_.ends_with('/')) url_.pop_back();
}

HttpClientRequest OpenaiEndpoint::request(std::string_view method, std::string_view path) const {
  HttpClientRequest request;
  request.method = method;
  request.url = url_ + std::string(path);
  request.headers.emplace_back("Content-Type", "application/json");
  if (!key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + key_);
  request.timeout_ms = timeout_ms_;
  request.idle_timeout_ms = timeout_ms_;
  return request;
}

Result<HttpClientResponse> OpenaiEndpoint::post(std::string_view path, const Json& body,
                                          const std::function<bool(std::string_view)>& on_piece,
                                          std::stop_token stop) {
  HttpClientRequest post = request("POST", path);
  post.body = to_line(body);
  if (on_piece) {
    post.on_body = on_piece;
    post.timeout_ms = 0;
  }
  HttpRetries retries;
  retries.attempts_max = kAttemptsMax;
  Result<HttpClientResponse> response = send_with_retries(client_, post, retries, clock_, stop);
  if (response) return response;
  const Error& error = response.error();
  if (error.code() == Code::cancelled) return response;
  std::string fix;
  if (error.code() == Code::unavailable) fix = fmt::format("; is it running? {}.url says where it is", place_);
  if (error.code() == Code::timeout) fix = fmt::format("; {}.timeout_seconds may be larger", place_);
  return Error(error.code(), hidden(error.describe()) + fix);
}

std::string OpenaiEndpoint::hidden(std::string text) const {
  replace_all(text, key_, "***");
  replace_all(text, user_of(url_) + "@", user_of(url_).empty() ? "@" : "***@");
  return text;
}

std::string OpenaiEndpoint::message_of(std::string_view body) const {
  std::string message(body);
  if (const auto json = parse_json(body)) {
    const Json* error = member(*json, "error");
    for (const Json* place : {error != nullptr ? member(*error, "message") : nullptr, error, member(*json, "message"),
                              member(*json, "detail")}) {
      if (place == nullptr || !place->is_string()) continue;
      message = place->get<std::string>();
      break;
    }
  }
  // Hidden before it is cut, so that no half of a key stays.
  message = fold_white_space(repair_utf8(hidden(std::move(message))));
  if (message.size() > kMessageBytesMax) message = repair_utf8(message.substr(0, kMessageBytesMax)) + "…";
  return message;
}

std::string OpenaiEndpoint::known_models(std::stop_token stop) {
  HttpClientRequest get = request("GET", "/models");
  get.timeout_ms = kModelsTimeoutMs;
  const auto response = client_.send(get, stop);
  if (!response || response->status != 200) return {};
  const auto json = parse_json(response->body);
  const Json* data = json ? member(*json, "data") : nullptr;
  if (data == nullptr || !data->is_array()) return {};
  std::string names;
  std::size_t shown = 0;
  for (const Json& row : *data) {
    const Json* id = member(row, "id");
    if (id == nullptr || !id->is_string() || ++shown > kModelsShownMax) continue;
    names += (names.empty() ? "" : ", ") + id->get<std::string>();
  }
  if (shown > kModelsShownMax) names += ", …";
  return repair_utf8(hidden(names));
}

Error OpenaiEndpoint::refusal(const HttpClientResponse& response, std::string_view path, std::stop_token stop) {
  const std::string where = hidden(url_) + std::string(path);
  const std::string said = message_of(response.body);
  const std::string quoted = said.empty() ? "" : fmt::format(": \"{}\"", said);
  switch (response.status) {
    case 401:
    case 403:
      return {Code::unavailable,
              fmt::format("{} refuses the key ({}){}; {} {}.key", where, response.status, quoted,
                          key_.empty() ? "it wants one: set" : "look at", place_)};
    case 404: {
      const std::string models = known_models(stop);
      const std::string fix = models.empty() ? fmt::format("{}.url must go up to and with /v1", place_)
                                             : fmt::format("the models there are {}", models);
      return {Code::unavailable, fmt::format("{} does not know the model {} or this address (404){}; {}", where, model_,
                                             quoted, fix)};
    }
    case 408:
    case 429:
      return {Code::unavailable,
              fmt::format("{} is busy ({}){}; try again {}", where, response.status, quoted,
                          response.retry_after_s == 0 ? "later" : fmt::format("in {} s", response.retry_after_s))};
    default:
      return {response.status >= 500 ? Code::unavailable : Code::invalid_argument,
              fmt::format("{} does not take the request ({}){}", where, response.status, quoted)};
  }
}

Error OpenaiEndpoint::nonsense(const std::string& what) const {
  return {Code::unavailable,
          fmt::format("{} answers, but not as OpenAI's protocol says: {}; look at {}.url", hidden(url_), hidden(what),
                      place_)};
}

}  // namespace naru
