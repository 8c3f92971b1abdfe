#include "serve/mcp_http.h"

#include "model/base64.h"
#include "serve/mcp.h"

namespace naru {

namespace {

// What the transport adds to the codes of JSON-RPC.
constexpr int kNoSuchMethod = -32601, kHeaderMismatch = -32020;

constexpr std::string_view kStateless = "2026-07-28";
constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

std::string text_at(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// A name in a header: what is not plain ASCII comes as =?base64?...?=
std::string header_text(const std::string& value) {
  constexpr std::string_view kFront = "=?base64?", kBack = "?=";
  const bool encoded = value.size() >= kFront.size() + kBack.size() && value.starts_with(kFront) &&
                       value.ends_with(kBack);
  if (!encoded) return value;
  const std::string_view inside = std::string_view(value).substr(kFront.size(), value.size() - kFront.size() - 2);
  const Result<std::string> decoded = decode_base64(inside);
  return decoded ? *decoded : value;
}

Json mistake(const Json& id, int code, const char* message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

// Of a request without a handshake: its headers say again what its body says, so that who passes it on need not read
// the body; who does must not be led to another place than we are.
std::optional<Json> check_headers(const HttpRequest& http, const Json& message) {
  const Json id = message.value("id", Json());
  const Json params = message.value("params", Json::object());
  const Json meta = params.is_object() ? params.value("_meta", Json()) : Json();
  const std::string version = text_at(meta, kVersionKey), method = text_at(message, "method");
  if (version.empty() && http.mcp_version != kStateless && method != "server/discover") return std::nullopt;
  if (version.empty() || !meta.contains(kCapabilitiesKey)) {
    return mistake(id, -32602, "`_meta` must have the revision and the capabilities of the client");
  }
  const bool named = method == "tools/call";
  if (http.mcp_version == version && http.mcp_method == method &&
      (!named || header_text(http.mcp_name) == text_at(params, "name"))) {
    return std::nullopt;
  }
  return mistake(id, kHeaderMismatch, "MCP-Protocol-Version, Mcp-Method or Mcp-Name is not what the body says");
}

// Only requests without a handshake have their errors told by the status too.
unsigned status_of(const Json& reply, const Json& message) {
  const auto error = reply.find("error");
  if (error == reply.end()) return 200;
  const int code = error->value("code", 0);
  const Json params = message.is_object() ? message.value("params", Json()) : Json();
  const bool stateless = !text_at(params.is_object() ? params.value("_meta", Json()) : Json(), kVersionKey).empty();
  if (code == kNoSuchMethod) return stateless ? 404 : 200;
  return 400;
}

}  // namespace

void speak_mcp(Exchange& exchange) {
  const Result<Json> message = parse_json(exchange.request.body);
  std::optional<Json> reply;
  if (!message) {
    reply = McpServer::unreadable(message.error().message());
  } else {
    if (message->is_object()) reply = check_headers(exchange.request, *message);
    const McpServer server(exchange.service, exchange.caller.principal);
    if (!reply) reply = server.handle(*message, exchange.reply.left());
  }
  HttpResponse response;
  if (reply) {
    response = json_response(*reply);
    response.status = status_of(*reply, message ? *message : Json());
  } else {  // a notification, or an answer to what nobody asked
    response.status = 202;
    response.content_type.clear();
  }
  exchange.reply.send(std::move(response));
}

}  // namespace naru
