#include "serve/mcp_http.h"

#include "model/base64.h"
#include "serve/mcp.h"

namespace naru {

namespace {

constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

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

// Of a request without a handshake: its headers say again what its body says, so that who passes it on need not read
// the body; who does must not be led to another place than we are.
std::optional<Json> check_headers(const HttpRequest& http, const Json& message) {
  const Json id = message.value("id", Json());
  const std::string version = text_at(mcp_meta(message), kMcpVersionKey), method = text_at(message, "method");
  if (version.empty() && http.mcp_version != kMcpStateless && method != "server/discover") return std::nullopt;
  if (version.empty() || !mcp_meta(message).contains(kCapabilitiesKey)) {
    return mcp_error(id, kMcpInvalidParams, "`_meta` must have the revision and the capabilities of the client");
  }
  const bool named = method == "tools/call";
  if (http.mcp_version == version && http.mcp_method == method &&
      (!named || header_text(http.mcp_name) == text_at(message.value("params", Json()), "name"))) {
    return std::nullopt;
  }
  return mcp_error(id, kMcpHeaderMismatch, "MCP-Protocol-Version, Mcp-Method or Mcp-Name is not what the body says");
}

// Only requests without a handshake have their errors told by the status too.
unsigned status_of(const Json& reply, const Json& message) {
  const auto error = reply.find("error");
  if (error == reply.end()) return 200;
  if (error->value("code", 0) != kMcpNoSuchMethod) return 400;
  return text_at(mcp_meta(message), kMcpVersionKey).empty() ? 200 : 404;
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
