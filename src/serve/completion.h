// Completions: what a model or a knowledge base writes, whole or as a stream, in the shapes of OpenAI's API.
#pragma once

#include "serve/openai_request.h"
#include "serve/route.h"

namespace naru {

enum class CompletionShape : std::uint8_t { chat, text };

// A bare model, as it is asked.
void complete_from_model(Exchange& exchange, const ChatRequest& request, CompletionShape shape);

// A knowledge base: the last question of the user, answered as `naru ask` does; the messages before it help to
// understand it. The citations are url_citation
// annotations, and again a list of Markdown links at the end of the text, for clients that drop annotations.
void complete_from_base(Exchange& exchange, const ChatRequest& request, const std::string& knowledge_base);

// Where the page shows a passage.
std::string view_url(const Exchange& exchange, const Citation& citation);

}  // namespace naru
