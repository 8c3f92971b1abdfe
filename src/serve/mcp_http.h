// The Model Context Protocol over HTTP: one message a request, answered in its reply. Streams are not needed: nothing
// of ours speaks unasked. Source: modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http.
#pragma once

#include "serve/route.h"

namespace naru {

void speak_mcp(Exchange& exchange);

}  // namespace naru
