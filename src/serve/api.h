// Handlers of /api: what the page speaks, and programs that want more than OpenAI's shapes have room for. The JSON is
// that of the commands with --json; docs/api/openapi.json describes it.
#pragma once

#include "serve/route.h"

namespace naru {

void search_passages(Exchange& exchange);
void ask_question(Exchange& exchange);
void show_document(Exchange& exchange);
void list_versions(Exchange& exchange);
void list_documents(Exchange& exchange);
void show_original(Exchange& exchange);
void list_rejects(Exchange& exchange);
void forget_document(Exchange& exchange);
void show_status(Exchange& exchange);

// A question answered and counted; what /v1 and /api have in common.
Result<Answer> answer_question(Exchange& exchange, const AskCall& call, const AskEvents& events);

}  // namespace naru
