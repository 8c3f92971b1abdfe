// Route: what stands at a path, who may call it, and where it is answered. The table in site.cpp is the only list; what
// is not in it is denied.
//
// A handler runs once a request, in its route's lane, and settles the reply before it returns, or hands `kept_reply` to
// what goes on after it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "serve/http.h"
#include "serve/keys.h"
#include "serve/lanes.h"
#include "serve/metrics.h"
#include "serve/service.h"

namespace naru {

enum class Policy : std::uint8_t {
  open,     // anybody on this machine: says nothing of what is kept here
  known,    // whoever has a token, a key or a login, whatever its scopes
  read,     // scope read
  models,   // scope models
  operate,  // scope operate
};

class Intake;

struct Exchange {
  Service& service;
  Metrics& metrics;
  const HttpRequest& request;
  const Caller& caller;  // of an open route: nobody, who may read nothing
  Reply& reply;
  std::string_view scheme;            // by which clients come
  Intake& intake;
  std::shared_ptr<Reply> kept_reply;  // the same as `reply`

  std::string origin() const { return std::string(scheme) + "://" + request.host; }  // checked: where links of ours lead
};

using Handler = void (*)(Exchange& exchange);

struct Route {
  std::string_view method;
  std::string_view path;  // ends with "/{name}" where the rest of a path belongs to it
  Policy policy;
  Lane lane;
  Handler handler;             // null: answered by the Site itself
  std::size_t body_bytes = 0;  // of a body; 0: as much as the server takes of anyone
};

std::span<const Route> route_table();

// The rest of the path where the route's "{name}" stands.
std::string rest_of_path(const HttpRequest& request, std::string_view front);

// An error as clients of this path expect it: OpenAI's envelope below /v1, {"error":{"code","message"}} elsewhere.
HttpResponse error_response(std::string_view path, unsigned status, std::string_view code, const std::string& message,
                            std::string_view parameter = {});
unsigned http_status(Code code);
// What went wrong inside is told to whoever runs the server; the client learns that something did.
HttpResponse failure(Exchange& exchange, const Error& error);

HttpResponse json_response(const Json& json);

// A body that must be a JSON object. invalid_argument says what is wrong.
Result<Json> read_object(const HttpRequest& request);

// A text in a body; none where it is absent, null or empty. invalid_argument: it is something else.
Result<std::optional<std::string>> text_field(const Json& body, const char* name);

Result<bool> flag_field(const Json& body, const char* name);  // false where it is absent or null

inline constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";

// Server-sent events: one with a name, one without.
std::string event(std::string_view name, const Json& data);
std::string event(const Json& data);

}  // namespace naru
