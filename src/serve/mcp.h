// McpServer: the Model Context Protocol over the same Service: tools search, fetch, answer and list_sources for agents.
//
// Each message is answered by itself, whatever came before it, so that one object serves any number of clients and
// threads. It speaks the revisions that begin with `initialize` (up to 2025-11-25), and 2026-07-28, whose requests say
// in `_meta` which revision they are of. Transports (lines of stdin, HTTP) are others'.
#pragma once

#include <optional>
#include <stop_token>

#include "base/json.h"
#include "naru/record.h"
#include "serve/service.h"

namespace naru {

class McpServer {
 public:
  McpServer(Service& service, Principal principal) : service_(service), principal_(std::move(principal)) {}

  // The answer to one JSON-RPC message; none to a notification or a response.
  std::optional<Json> handle(const Json& message, std::stop_token stop) const;
  static Json unreadable(const std::string& why);  // the answer to what is no JSON

 private:
  Json answer_request(const Json& id, const std::string& method, const Json& params, std::stop_token stop) const;
  Result<Json> call_tool(const std::string& name, const Json& arguments, std::stop_token stop) const;
  Result<Json> search(const Json& arguments, std::stop_token stop) const;
  Result<Json> fetch(const Json& arguments) const;
  Result<Json> answer(const Json& arguments, std::stop_token stop) const;
  Result<Json> list_sources() const;

  Service& service_;
  const Principal principal_;
};

}  // namespace naru
