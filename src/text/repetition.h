// How much of a text is said more than once: lines, and rows of words (Gopher, arXiv:2112.11446, table A1).
//
// Lengths are in code points. Rows of words are compared by 64-bit hashes. Pure; one Repetition a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/text_shape.h"

namespace naru {

struct Repeated {
  std::size_t pieces = 0, characters = 0;  // of those that stood before already
};
Repeated repeated(const std::vector<std::string_view>& pieces);

// The words of a shape by rows of n.
class WordRows {
 public:
  explicit WordRows(const TextShape& shape);

  // How often the commonest row of n stands there, times its length with blanks between its words. 0: none comes twice.
  std::size_t top_characters(std::size_t n);
  // Words in rows of n that stood before; a word is counted once.
  std::size_t repeated_characters(std::size_t n);

 private:
  struct Row {
    std::uint64_t hash = 0;
    std::uint32_t first = 0, count = 0;  // count 0: free
  };
  std::size_t rows(std::size_t n) const { return hashes_.size() < n ? 0 : hashes_.size() - n + 1; }
  Row& find(std::uint64_t hash);
  std::size_t characters(std::size_t first, std::size_t n) const { return before_[first + n] - before_[first]; }
  template <class Visit>
  void walk(std::size_t n, Visit visit);

  std::vector<std::uint64_t> hashes_;  // of each word
  std::vector<std::size_t> before_;    // characters of all words before
  std::vector<Row> table_;
  unsigned shift_ = 64;
  std::size_t all_differ_ = 0;  // no row of so many words comes twice, and so none of more
};

}  // namespace naru
