// LlamaSequences: what each sequence of a context holds, and which one a new prompt goes into, so that what it shares
// with an earlier one is not computed again.
//
// A sequence that is given back keeps its tokens until another prompt needs the place: the least recently used goes
// first. What is shared is cut where the sequence was cut when it was computed: behind whole pieces of a prompt. So
// equal prompts are computed by equal steps, whatever was asked before. Only a prompt that goes on behind an answer
// which was written here (the next turn of a conversation) takes the answer's tokens as they were written.
//
// One thread; pure bookkeeping.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/llama_library.h"

namespace naru {

class LlamaSequences {
 public:
  explicit LlamaSequences(std::uint32_t count) : sequences_(count) {}

  struct Place {
    std::uint32_t sequence = 0;
    std::optional<std::uint32_t> copy_of;  // the sequence whose beginning it is to get first
    std::uint32_t reused = 0;              // tokens of the prompt that are then there
  };
  // For a prompt of at least one token, whose last one is always computed. Nothing: all sequences are taken. Until the
  // caller says more by keep() and read(), the sequence holds the reused tokens.
  std::optional<Place> take(std::span<const llama_token> prompt);

  void keep(std::uint32_t sequence, std::uint32_t length);  // it holds only so many after all
  void read(std::uint32_t sequence, std::span<const llama_token> chunk, std::uint32_t piece);  // of the prompt
  void wrote(std::uint32_t sequence, llama_token token);                                       // of the answer
  void give_back(std::uint32_t sequence);

 private:
  struct Sequence {
    std::vector<llama_token> tokens;
    std::vector<std::uint32_t> cuts;              // rising: lengths at which it may be cut
    std::optional<std::uint32_t> answer_from;     // where what was written begins
    std::uint64_t used = 0;                       // when it was last given back; 0: never
    bool taken = false;
  };

  // How much of the prompt can be taken from it.
  static std::uint32_t reusable(const Sequence& sequence, std::span<const llama_token> prompt);
  std::optional<std::uint32_t> least_recently_used(std::optional<std::uint32_t> spared) const;

  std::vector<Sequence> sequences_;
  std::uint64_t clock_ = 0;
};

}  // namespace naru
