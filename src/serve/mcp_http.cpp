#include "serve/mcp_http.h"

#include "model/base64.h"
#include "serve/mcp_offer.h"

namespace naru {

namespace {

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

// What Mcp-Name says again; null: a method that has no name.
const char* named_by(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  return method == "resources/read" ? "uri" : nullptr;
}

// Of a request without a handshake: its headers say again what its body says, so that who passes it on need not read
// the body; who does must not be led to another place than we are.
bool headers_agree(const HttpRequest& http, const Json& message) {
  const std::string method = text_at(message, "method");
  const char* name = named_by(method);
  const Json params = message.value("params", Json());
  return http.mcp_version == text_at(mcp_meta(message), kMcpVersionKey) && http.mcp_method == method &&
         (name == nullptr || header_text(http.mcp_name) == text_at(params, name));
}

// Only requests without a handshake have their errors told by the status too.
unsigned status_of(const Json& reply, bool stateless) {
  const auto error = reply.find("error");
  if (error == reply.end()) return 200;
  const int code = error->value("code", 0);
  if (code == kMcpNoSuchMethod) return stateless ? 404 : 200;
  return code == kMcpNoSuchResource ? 200 : 400;
}

// Where what is said before an answer goes: it makes the reply a stream.
class Stream {
 public:
  explicit Stream(Reply& reply) : reply_(reply) {}
  void say(const Json& message) {
    if (!started_) reply_.start_stream("text/event-stream");
    started_ = true;
    reply_.write(event("message", message));
  }
  void end() { reply_.end(); }
  bool started() const { return started_; }

 private:
  Reply& reply_;
  bool started_ = false;
};

// None: nothing is said to it.
std::optional<Json> reply_to(const HttpRequest& request, const Json& message, bool stateless, const McpOffer& offer,
                             const McpWire& wire) {
  // A request that does not say which revision it is of is refused for that, whatever its headers say.
  const bool comparable = mcp_meta(message).contains(kMcpVersionKey) && message.contains("id");
  if (stateless && comparable && !headers_agree(request, message)) {
    return mcp_error(message["id"], kMcpHeaderMismatch,
                     "MCP-Protocol-Version, Mcp-Method or Mcp-Name is not what the body says");
  }
  return McpServer(offer).handle(message, wire);
}

}  // namespace

void speak_mcp(Exchange& exchange) {
  speak_mcp(exchange.request, KnowledgeOffer(exchange.service, exchange.caller.principal), exchange.reply);
}

void speak_mcp(const HttpRequest& request, const McpOffer& offer, Reply& reply, McpQuestions* questions) {
  const Result<Json> message = parse_json(request.body);
  const bool stateless = request.mcp_version == kMcpStateless || (message && is_stateless(*message));
  Stream stream(reply);
  const auto say = [&](const Json& said) { stream.say(said); };
  McpWire wire{stateless, reply.left(), say};
  if (questions != nullptr && !stateless) {
    wire.ask = [&](const std::string& method, const Json& params) {
      return questions->ask(method, params, say, wire.stop);
    };
    if (message) questions->settle(*message);
  }
  const std::optional<Json> answer = message ? reply_to(request, *message, stateless, offer, wire)
                                             : McpServer::unreadable(message.error().message());
  if (stream.started()) {
    if (answer) stream.say(*answer);
    return stream.end();
  }
  HttpResponse response;
  if (answer) {
    response = json_response(*answer);
    response.status = status_of(*answer, stateless);
  } else {  // a notification, or an answer to what nobody asked
    response.status = 202;
    response.content_type.clear();
  }
  reply.send(std::move(response));
}

}  // namespace naru
