// Opens the model that a ModelSpec names: the stub, a catalogue entry or GGUF file by llama.cpp, or an endpoint.
//
// Opening loads the weights; what comes back may be used from any thread. Opened models keep nothing of the spec.
#pragma once

#include <memory>

#include "config/model_spec.h"
#include "naru/model.h"
#include "naru/result.h"

namespace naru {

// unavailable: not pulled yet (the message names the command), endpoint down, library missing; corrupt: the file is not
// a usable model; not_allowed: a file that is in no catalogue and not marked `trusted: true`; invalid_argument: the
// model cannot do this (a chat model as embedder).
Result<std::unique_ptr<Embedder>> open_embedder(const ModelSpec& spec);
Result<std::unique_ptr<Generator>> open_generator(const ModelSpec& spec);

// Only the vocabulary: what `naru tokens` and the chunk step count with. The stub counts by estimate.
Result<std::unique_ptr<Tokenizer>> open_tokenizer(const ModelSpec& spec);

}  // namespace naru
