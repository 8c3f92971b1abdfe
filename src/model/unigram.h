// UnigramVocabulary: a SentencePiece unigram vocabulary in a GGUF file, and texts to its tokens.
//
// The likeliest split of a text into pieces, each with a log-probability (Kudo, "Subword regularization", ACL 2018),
// found by dynamic programming; before that characters are replaced by the file's own map, a double-array trie. The
// same tokens as llama.cpp's, which a test compares; ours because theirs takes 0.6 s to load the 250,000 pieces of e5,
// and a search in a new process waits for it. Immutable; any thread; the file stays mapped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/gguf.h"
#include "naru/result.h"
#include "runtime/files.h"

namespace naru {

class UnigramVocabulary {
 public:
  // Whether the vocabulary is of this kind and uses nothing that is left to the library: pieces of its user, white
  // space kept or behind words.
  static bool suits(const GgufInfo& info);

  // corrupt: the vocabulary's parts do not fit each other.
  static Result<std::unique_ptr<UnigramVocabulary>> open(const std::string& path, const GgufInfo& info);

  // Of valid UTF-8. Without begin and end tokens.
  std::vector<std::int32_t> tokenize(std::string_view text) const;
  // What the model wants around a text, where the file says so.
  const std::vector<std::int32_t>& begin() const { return begin_; }
  const std::vector<std::int32_t>& end() const { return end_; }

  std::size_t size() const { return pieces_.size(); }
  // The text that the token stands for, a blank for each mark of one; nothing for control tokens.
  std::string text_of(std::int32_t token) const;

 private:
  explicit UnigramVocabulary(MappedFile file) : file_(std::move(file)) {}
  Status read_pieces(const GgufInfo& info);
  Status read_map(const GgufInfo& info);
  void add(std::int32_t token);
  std::int32_t find(std::uint64_t hash, std::string_view piece) const;  // below zero: there is none
  std::string normalize(std::string_view text) const;
  std::string_view replacement(std::string_view rest, std::size_t* consumed) const;

  struct Slot {
    std::uint32_t tag = 0;
    std::int32_t token = -1;
  };

  const MappedFile file_;
  std::vector<std::string_view> pieces_;  // into the file
  std::vector<float> scores_;
  std::vector<bool> shown_;  // has a text
  std::vector<Slot> slots_;  // a hash table with open addressing; its size is a power of two
  std::size_t longest_ = 0;  // piece, in characters
  double unknown_score_ = 0;
  std::int32_t unknown_ = 0;
  std::vector<std::int32_t> begin_, end_;

  // The map: units of the trie, and the texts that its values point to, each ended by a zero byte.
  std::vector<std::uint32_t> trie_;
  std::string_view replacements_;
};

}  // namespace naru
