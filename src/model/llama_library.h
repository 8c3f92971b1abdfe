// The table of llama.cpp's functions that we use, filled from the libraries in our own folder beside the program.
//
// Opened at the first call and never closed: its backends keep threads and tables. Any thread. What the library logs
// goes nowhere but into the reason of our next error; it never speaks to the terminal.
#pragma once

#include <llama.h>

#include <exception>
#include <string>

#include "naru/result.h"

namespace naru {

// clang-format off
#define NARU_LLAMA_FUNCTIONS(F)                                                                                   \
  F(llama_backend_init) F(llama_log_set)                                                                          \
  F(llama_model_default_params) F(llama_model_load_from_file) F(llama_model_free) F(llama_model_get_vocab)        \
  F(llama_model_n_ctx_train)                                                                                      \
  F(llama_model_n_embd_out) F(llama_model_chat_template)                              \
  F(llama_vocab_n_tokens) F(llama_vocab_get_attr) F(llama_vocab_get_text) F(llama_vocab_is_eog)                   \
  F(llama_tokenize) F(llama_token_to_piece) F(llama_detokenize)                                                   \
  F(llama_context_default_params) F(llama_init_from_model) F(llama_free) F(llama_pooling_type)                    \
  F(llama_get_memory) F(llama_memory_clear) F(llama_memory_seq_rm) F(llama_memory_seq_cp)                         \
  F(llama_encode) F(llama_decode) F(llama_set_abort_callback) F(llama_get_logits_ith) F(llama_get_embeddings_seq) \
  F(llama_set_n_threads)                                                                                          \
  F(llama_sampler_chain_default_params) F(llama_sampler_chain_init) F(llama_sampler_chain_add)                    \
  F(llama_sampler_init_top_k)                                                                                     \
  F(llama_sampler_init_top_p) F(llama_sampler_init_min_p) F(llama_sampler_init_temp) F(llama_sampler_init_dist)   \
  F(llama_sampler_init_grammar) F(llama_sampler_apply) F(llama_sampler_accept)                                    \
  F(llama_sampler_sample) F(llama_sampler_free)                                                                   \
  F(ggml_set_abort_callback) F(ggml_backend_load_all_from_path) F(ggml_backend_dev_by_type)
// clang-format on

struct LlamaLibrary {
#define NARU_LLAMA_MEMBER(NAME) decltype(::NAME)* NAME##_ = nullptr;
  NARU_LLAMA_FUNCTIONS(NARU_LLAMA_MEMBER)
#undef NARU_LLAMA_MEMBER
};

// unavailable: a library is not there, lacks a function, or has no backend for this processor.
Result<const LlamaLibrary*> llama_library();

// What the library said last on this thread, and forgets it: ": unknown architecture", or "" where it said nothing.
std::string take_llama_reason();

// Calls into the library; what it throws becomes an error. `what` is what we were doing.
template <class Call>
auto guard_llama(const char* what, Call&& call) -> Result<decltype(call())> {
  try {
    return call();
  } catch (const std::exception& thrown) {
    return Error(Code::internal, std::string(what) + ": the model library failed: " + thrown.what());
  }
}

}  // namespace naru
