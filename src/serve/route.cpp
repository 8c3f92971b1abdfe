#include "serve/route.h"

#include <fmt/format.h>

namespace naru {

namespace {

// The names that OpenAI's clients sort errors by.
std::string_view openai_type(unsigned status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 429: return "rate_limit_error";
    default: return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

}  // namespace

std::string rest_of_path(const HttpRequest& request, std::string_view front) {
  return request.path.substr(std::min(front.size(), request.path.size()));
}

unsigned http_status(Code code) {
  switch (code) {
    case Code::invalid_argument:
    case Code::unsupported: return 400;
    case Code::not_found: return 404;
    case Code::already_exists: return 409;
    case Code::limit_exceeded: return 429;
    case Code::not_allowed: return 403;
    case Code::unavailable:
    case Code::cancelled: return 503;
    case Code::timeout: return 504;
    case Code::corrupt:
    case Code::io:
    case Code::internal: break;
  }
  return 500;
}

HttpResponse json_response(const Json& json) {
  HttpResponse response;
  response.body = to_line(json) + "\n";
  return response;
}

HttpResponse error_response(std::string_view path, unsigned status, std::string_view code, const std::string& message,
                            std::string_view parameter) {
  Json error = {{"message", message}};
  if (path.starts_with("/v1/") || path == "/v1") {
    error["type"] = openai_type(status);
    error["param"] = parameter.empty() ? Json(nullptr) : Json(parameter);
  }
  error["code"] = code;
  HttpResponse response = json_response({{"error", std::move(error)}});
  response.status = status;
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"naru\"");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

HttpResponse failure(Exchange& exchange, const Error& error) {
  const unsigned status = http_status(error.code());
  if (status != 500) return error_response(exchange.request.path, status, code_name(error.code()), error.describe());
  exchange.service.note(exchange.request.path + ": " + error.describe());
  return error_response(exchange.request.path, status, code_name(error.code()),
                        "something went wrong here; the server's own messages say what");
}

Result<Json> read_object(const HttpRequest& request) {
  Result<Json> json = parse_json(request.body);
  if (!json) return Error(Code::invalid_argument, "the body is not JSON: " + json.error().message());
  if (!json->is_object()) return Error(Code::invalid_argument, "the body must be a JSON object");
  return json;
}

Result<std::optional<std::string>> text_field(const Json& body, const char* name) {
  const auto it = body.find(name);
  if (it == body.end() || it->is_null() || *it == "") return std::optional<std::string>();
  if (!it->is_string()) return Error(Code::invalid_argument, fmt::format("`{}` must be a string", name));
  return std::optional(it->get<std::string>());
}

Result<bool> flag_field(const Json& body, const char* name) {
  const auto it = body.find(name);
  if (it == body.end() || it->is_null()) return false;
  if (!it->is_boolean()) return Error(Code::invalid_argument, fmt::format("`{}` must be true or false", name));
  return it->get<bool>();
}

std::string event(std::string_view name, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, to_line(data));
}

std::string event(const Json& data) { return fmt::format("data: {}\n\n", to_line(data)); }

}  // namespace naru
