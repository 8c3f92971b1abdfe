// The Model Context Protocol over HTTP: one message a request, answered in its reply. That is one JSON object, or a
// stream of events where something is said before the answer (progress, for whoever asked for it).
// Source: modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http.
#pragma once

#include "serve/http.h"
#include "serve/mcp.h"
#include "serve/mcp_questions.h"
#include "serve/route.h"

namespace naru {

void speak_mcp(Exchange& exchange);
// `questions`: null for an offer that asks its clients nothing.
void speak_mcp(const HttpRequest& request, const McpOffer& offer, Reply& reply, McpQuestions* questions = nullptr);

}  // namespace naru
