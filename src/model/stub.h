// The stub models: deterministic stand-ins without weights, so that every test and every flow runs anywhere.
//
// The embedder hashes words and letter trigrams into 384 signed dimensions (Weinberger et al., "Feature hashing for
// large scale multitask learning", ICML 2009): the same text gives the same vector on every machine, alike texts are
// near. The generator answers with the sentences of the passages that share most words with the question; without
// passages it says the last message again. Any thread.
#pragma once

#include <memory>

#include "naru/model.h"

namespace naru {

inline constexpr std::uint32_t kStubDims = 384;

std::unique_ptr<Embedder> make_stub_embedder();
std::unique_ptr<Generator> make_stub_generator();

}  // namespace naru
