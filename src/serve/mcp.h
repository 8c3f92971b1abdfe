// McpServer: the Model Context Protocol over the same Service: tools search, fetch, answer and list_sources for agents.
//
// Each message is answered by itself, whatever came before it, so that one object serves any number of clients and
// threads. It speaks the revisions that begin with `initialize` (up to 2025-11-25), and 2026-07-28, whose requests say
// in `_meta` which revision they are of. Transports (lines of stdin, HTTP) are others'.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/json.h"
#include "naru/record.h"
#include "serve/service.h"

namespace naru {

// Codes of JSON-RPC 2.0, and those that 2026-07-28 adds.
enum McpCode : int {
  kMcpParseError = -32700,
  kMcpInvalidRequest = -32600,
  kMcpNoSuchMethod = -32601,
  kMcpInvalidParams = -32602,
  kMcpHeaderMismatch = -32020,
  kMcpUnsupportedVersion = -32022,
};
Json mcp_error(const Json& id, McpCode code, const std::string& message);

// The revision without a handshake.
inline constexpr std::string_view kMcpStateless = "2026-07-28";
// What requests of it say of themselves; an empty object where there is nothing of the kind.
Json mcp_meta(const Json& message);
// In there: the revision that a request is of. Where it is missing, it is one with a handshake.
inline constexpr const char* kMcpVersionKey = "io.modelcontextprotocol/protocolVersion";

class McpServer {
 public:
  McpServer(Service& service, Principal principal) : service_(service), principal_(std::move(principal)) {}

  // The answer to one JSON-RPC message; none to a notification or a response.
  std::optional<Json> handle(const Json& message, std::stop_token stop) const;
  static Json unreadable(const std::string& why);  // the answer to what is no JSON

 private:
  Json answer_request(const Json& request, const Json& params, std::stop_token stop) const;
  Result<Json> call_tool(const std::string& name, const Json& arguments, std::stop_token stop) const;
  Result<Json> search(const Json& arguments, std::stop_token stop) const;
  Result<Json> fetch(const Json& arguments) const;
  Result<Json> answer(const Json& arguments, std::stop_token stop) const;
  Result<Json> list_sources() const;

  Service& service_;
  const Principal principal_;
};

}  // namespace naru
