// Tools of the Model Context Protocol over a Service: search, fetch, answer, list_sources.
//
// Pure but for the Service; any thread.
#pragma once

#include <optional>

#include "serve/mcp.h"
#include "serve/service.h"

namespace naru {

Json mcp_tools();

// The result of a `tools/call`. None: there is no such tool. What went wrong inside a tool is told to the model, which
// can do something about it.
std::optional<Json> call_mcp_tool(Service& service, const McpCall& call, const Principal& principal);

}  // namespace naru
