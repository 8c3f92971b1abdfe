// A term that compares fast: by its first eight bytes as one number, and by all of them only where those are equal. For
// who sorts and merges terms. A view.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace naru {

class OrderedTerm {
 public:
  OrderedTerm() = default;
  explicit OrderedTerm(std::string_view term) : term_(term) {
    // The first byte highest, zeros behind a short term: so numbers order as bytes do.
    for (std::size_t i = 0; i < std::min<std::size_t>(term.size(), sizeof front_); ++i) {
      front_ |= std::uint64_t{static_cast<unsigned char>(term[i])} << (8 * (sizeof front_ - 1 - i));
    }
  }
  std::string_view view() const { return term_; }
  bool operator==(const OrderedTerm& other) const { return front_ == other.front_ && term_ == other.term_; }
  bool operator<(const OrderedTerm& other) const {
    return front_ != other.front_ ? front_ < other.front_ : term_ < other.term_;
  }

 private:
  std::uint64_t front_ = 0;
  std::string_view term_;
};

}  // namespace naru
