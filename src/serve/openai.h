// Handlers of /v1: OpenAI's API over knowledge bases and models. docs/guides/serve.md says what is supported.
#pragma once

#include "serve/route.h"

namespace naru {

void list_models(Exchange& exchange);
void show_model(Exchange& exchange);
void complete_chat(Exchange& exchange);
void complete_text(Exchange& exchange);
void embed_texts(Exchange& exchange);
void rerank_texts(Exchange& exchange);

}  // namespace naru
