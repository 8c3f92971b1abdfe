// OpenaiEndpoint: requests to one endpoint, and what its refusals mean for the person. For openai_embedder.cpp and
// openai_generator.cpp. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "config/model_spec.h"
#include "runtime/http.h"

namespace naru {

class OpenaiEndpoint {
 public:
  // `place` names the part of the configuration in messages: "models.chat.openai".
  OpenaiEndpoint(const ModelSpec& spec, std::string place, const Clock& clock);

  // Sends `body` to `path` below the address, again where that may help. A status of 400 and above is a response.
  // With `on_piece` the body of a success is handed on as it comes, and silence counts instead of the whole time.
  Result<HttpClientResponse> post(std::string_view path, const Json& body,
                            const std::function<bool(std::string_view)>& on_piece, std::stop_token stop);

  // What a response of 400 and above means, with the fix.
  Error refusal(const HttpClientResponse& response, std::string_view path, std::stop_token stop);
  // An answer that is not what the protocol says.
  Error nonsense(const std::string& what) const;
  // What the endpoint says went wrong, without the key.
  std::string message_of(std::string_view body) const;

 private:
  HttpClientRequest request(std::string_view method, std::string_view path) const;
  std::string hidden(std::string text) const;
  std::string known_models(std::stop_token stop);

  std::string url_, model_, key_, place_;
  std::uint32_t timeout_ms_;
  const Clock& clock_;
  HttpClient client_;
};

}  // namespace naru
