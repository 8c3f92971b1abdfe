// SegmentBuilder: rows of terms into a new segment. One thread.
//
// What is added is logged, a term number and a position an occurrence, and sorted by term when it is written: adding
// costs one look-up a term and no allocation of its own.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "store/lexical/segment.h"

namespace naru {

// Numbers terms as they come, from 0: a hash table with open addressing over one buffer of bytes.
class TermNumbers {
 public:
  std::uint32_t number(std::string_view term);
  std::size_t size() const { return terms_.size(); }
  std::string_view term(std::size_t number) const { return terms_[number]; }
  // All numbers, by the bytes of their terms.
  std::vector<std::uint32_t> in_order() const;

 private:
  void grow();

  TermList terms_;
  std::vector<std::uint64_t> hashes_;  // by number
  std::vector<std::uint32_t> places_;  // a power of two; 0: free, else a number and 1
};

class SegmentBuilder {
 public:
  // Rows in document order, chunk rows as they come. `row.length` is set here.
  void add(SegmentRow row, const RowTerms& terms);
  // Of a body alone, its terms at the places 0, 1, 2, …
  void add(SegmentRow row, const std::vector<std::string>& terms);
  std::size_t rows() const { return rows_.size(); }
  // Durable when it returns. An equal file that is there already is fine.
  Result<SegmentFile> write(const std::string& folder) const;

 private:
  struct Occurrence {
    std::uint32_t number, position;  // of the term
  };
  struct FieldLog {
    TermNumbers terms;
    std::vector<Occurrence> occurrences;
    std::vector<std::size_t> row_ends;  // in occurrences
  };
  std::vector<SegmentRow> rows_;
  std::array<std::vector<std::uint8_t>, kFields> lengths_;  // by row; not of the body
  std::array<FieldLog, kFields> logs_;
};

}  // namespace naru
