#include "serve/mcp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace naru {

namespace {

// Newest first.
constexpr std::array<std::string_view, 2> kHandshake = {"2025-11-25", "2025-06-18"};
constexpr const char* kServerKey = "io.modelcontextprotocol/serverInfo";

// What a program is, changes only with it.
constexpr std::int64_t kKeepMs = 3'600'000;

Json server_info() { return {{"name", "naru"}, {"title", "Naru"}, {"version", NARU_VERSION}}; }

// A request as it may be answered; ours is never one to answer.
bool is_request(const Json& message) {
  const bool call = message.value("jsonrpc", Json()) == "2.0" && message.value("method", Json()).is_string();
  const Json id = message.value("id", Json());
  return call && (!message.contains("id") || id.is_string() || id.is_number_integer());
}

bool is_response(const Json& message) {
  return !message.contains("method") && (message.contains("result") || message.contains("error"));
}

Json shake_hands(const Json& params, const McpOffer& offer) {
  const Json asked = params.value("protocolVersion", Json());
  const bool known =
      std::any_of(kHandshake.begin(), kHandshake.end(), [&](std::string_view one) { return asked == one; });
  return {{"protocolVersion", known ? asked : Json(kHandshake.front())}, {"capabilities", offer.capabilities()},
          {"serverInfo", server_info()}, {"instructions", offer.instructions()}};
}

// What must stand in a request of 2026-07-28, whichever way it came.
std::optional<McpFailure> check_meta(const Json& meta) {
  const Json version = meta.value(kMcpVersionKey, Json());
  if (version.is_string() && version != kMcpStateless) {
    return McpFailure{kMcpUnsupportedVersion, "this revision of the protocol is not spoken here",
                      {{"supported", {kMcpStateless}}, {"requested", version}}};
  }
  if (version.is_string() && meta.value(kMcpCapabilitiesKey, Json()).is_object()) return std::nullopt;
  return McpFailure{kMcpInvalidParams,
                    "`_meta` must have the revision and the capabilities of the client: " +
                        fmt::format("`{}` and `{}`", kMcpVersionKey, kMcpCapabilitiesKey)};
}

// What 2026-07-28 adds to every result.
void complete(Json& result) {
  result.emplace("resultType", "complete");
  result["_meta"][kServerKey] = server_info();
  if (result.contains("ttlMs")) result.emplace("cacheScope", "private");
}

Json error_reply(const Json& id, const McpFailure& failure) {
  Json reply = mcp_error(id, failure.code, failure.message);
  if (!failure.data.is_null()) reply["error"]["data"] = failure.data;
  return reply;
}

}  // namespace

Json mcp_error(const Json& id, McpCode code, const std::string& message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", static_cast<int>(code)}, {"message", message}}}};
}

Json mcp_meta(const Json& message) {
  const Json params = message.is_object() ? message.value("params", Json()) : Json();
  const Json meta = params.is_object() ? params.value("_meta", Json()) : Json();
  return meta.is_object() ? meta : Json::object();
}

bool is_stateless(const Json& message) {
  return mcp_meta(message).contains(kMcpVersionKey) || text_at(message, "method") == "server/discover";
}

void McpCall::progress(double done, const std::string& message) const {
  const Json token = params.value("_meta", Json::object()).value("progressToken", Json());
  if (!wire.notify || !(token.is_string() || token.is_number_integer())) return;
  wire.notify({{"jsonrpc", "2.0"}, {"method", "notifications/progress"},
               {"params", {{"progressToken", token}, {"progress", done}, {"message", message}}}});
}

Json McpServer::unreadable(const std::string& why) { return mcp_error(nullptr, kMcpParseError, why); }

std::optional<Json> McpServer::handle(const Json& message, const McpWire& wire) const {
  if (message.is_object() && is_response(message)) return std::nullopt;  // nothing was asked
  if (!message.is_object() || !is_request(message)) {
    return mcp_error(nullptr, kMcpInvalidRequest, "not a JSON-RPC 2.0 request");
  }
  if (!message.contains("id")) return std::nullopt;  // a notification
  const Json& id = message["id"];
  const Json params = message.value("params", Json::object());
  if (!params.is_object()) return mcp_error(id, kMcpInvalidParams, "`params` must be an object");
  const Json meta = mcp_meta(message);
  if (params.contains("_meta") && !params["_meta"].is_object()) {
    return mcp_error(id, kMcpInvalidParams, "`_meta` must be an object");
  }
  const bool stateless = wire.stateless || is_stateless(message);
  if (stateless) {
    if (const std::optional<McpFailure> failure = check_meta(meta)) return error_reply(id, *failure);
  }
  const std::string method = message["method"];
  const std::optional<McpAnswer> answer = answer_request({method, params, stateless, wire});
  if (!answer) return mcp_error(id, kMcpNoSuchMethod, "there is no method " + method);
  if (const McpFailure* failure = std::get_if<McpFailure>(&*answer)) return error_reply(id, *failure);
  Json result = std::get<Json>(*answer);
  if (stateless) {
    complete(result);
  } else {
    result.erase("ttlMs");
  }
  return Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

std::optional<McpAnswer> McpServer::answer_request(const McpCall& call) const {
  if (call.method == "server/discover") {
    return Json{{"supportedVersions", {kMcpStateless}}, {"capabilities", offer_.capabilities()},
                {"instructions", offer_.instructions()}, {"ttlMs", kKeepMs}};
  }
  const bool handshake = call.method == "initialize" || call.method == "ping";
  if (!handshake) return offer_.answer(call);
  if (call.stateless) return std::nullopt;
  return call.method == "ping" ? Json::object() : shake_hands(call.params, offer_);
}

}  // namespace naru
