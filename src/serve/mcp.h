// McpServer: the Model Context Protocol over whatever an McpOffer offers: knowledge bases (mcp_offer.h), in tests more.
//
// Each message is answered by itself, whatever came before it, so that one object serves any number of clients and
// threads. It speaks the revisions that begin with `initialize` (up to 2025-11-25), and 2026-07-28, whose requests say
// in `_meta` which revision they are of. Transports (lines of stdin, HTTP) are others'.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"

namespace naru {

// Codes of JSON-RPC 2.0 and of the protocol.
enum McpCode : int {
  kMcpParseError = -32700,
  kMcpInvalidRequest = -32600,
  kMcpNoSuchMethod = -32601,
  kMcpInvalidParams = -32602,
  kMcpInternalError = -32603,
  kMcpNoSuchResource = -32002,  // with a handshake; 2026-07-28 has kMcpInvalidParams for it
  kMcpHeaderMismatch = -32020,
  kMcpMissingCapability = -32021,
  kMcpUnsupportedVersion = -32022,
};
Json mcp_error(const Json& id, McpCode code, const std::string& message);

// The revision without a handshake.
inline constexpr std::string_view kMcpStateless = "2026-07-28";
// What requests of it say of themselves; an empty object where there is nothing of the kind.
Json mcp_meta(const Json& message);
// In there: the revision that a request is of. Where it is missing, it is one with a handshake.
inline constexpr const char* kMcpVersionKey = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* kMcpCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
// Whether a message is of that revision: it says so, or it asks what only that revision knows.
bool is_stateless(const Json& message);

// How a message came, and where what is said before its answer goes.
struct McpWire {
  bool stateless = false;  // its envelope says that it is of 2026-07-28, whatever it says itself
  std::stop_token stop;
  std::function<void(const Json&)> notify;
  // Asks the client and waits: the message that answers, none where there is none. Null: this one cannot be asked.
  std::function<std::optional<Json>(const std::string& method, const Json& params)> ask = nullptr;
};

// A request as an offer sees it.
struct McpCall {
  const std::string& method;
  const Json& params;
  bool stateless = false;
  const McpWire& wire;

  // What takes long is told to whoever asked for it by a token: `done` grows from call to call.
  void progress(double done, const std::string& message) const;
};

struct McpFailure {
  McpCode code = kMcpInternalError;
  std::string message;
  Json data = nullptr;
};
using McpAnswer = std::variant<Json, McpFailure>;

class McpOffer {
 public:
  virtual ~McpOffer() = default;
  virtual Json capabilities() const = 0;
  virtual std::string_view instructions() const = 0;
  // None: there is no such method. Of a result that may be kept, `ttlMs` says how long.
  virtual std::optional<McpAnswer> answer(const McpCall& call) const = 0;
};

class McpServer {
 public:
  explicit McpServer(const McpOffer& offer) : offer_(offer) {}

  // The answer to one JSON-RPC message; none to a notification or a response.
  std::optional<Json> handle(const Json& message, const McpWire& wire) const;
  static Json unreadable(const std::string& why);  // the answer to what is no JSON

 private:
  std::optional<McpAnswer> answer_request(const McpCall& call) const;

  const McpOffer& offer_;
};

}  // namespace naru
