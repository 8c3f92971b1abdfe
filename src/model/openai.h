// Models behind an endpoint that speaks OpenAI's protocol: /v1/embeddings and /v1/chat/completions.
//
// Opening an embedder asks the endpoint once where the spec says no dimensions; opening a generator asks nothing. Any
// thread; requests of one object run one after the other. The key is sent and never shown.
#pragma once

#include <memory>

#include "config/model_spec.h"
#include "naru/model.h"
#include "naru/result.h"
#include "runtime/clock.h"

namespace naru {

// unavailable: nobody there, the key refused, no such model, or an answer that is none; timeout; invalid_argument: the
// endpoint does not take the request. The messages say what to change.
Result<std::unique_ptr<Embedder>> open_openai_embedder(const ModelSpec& spec, const Clock& clock = system_clock());
Result<std::unique_ptr<Generator>> open_openai_generator(const ModelSpec& spec, const Clock& clock = system_clock());

}  // namespace naru
