// What is indexed of one row, and a digest of it: the same for text that is analysed and for postings that are scanned.
// Plain values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "text/analyzer.h"

namespace naru {

// Terms of a title, heading path or file name; what is behind them is not indexed. So their lengths take a byte.
inline constexpr std::size_t kFieldTermsMax = 255;

// By field. Only the body may have more terms than kFieldTermsMax.
using RowTerms = std::array<PlacedTerms, kFields>;

// Commutative over (field, term, position).
struct RowDigest {
  std::uint64_t sum = 0;
  std::array<std::uint32_t, kFields> lengths{};
  bool operator==(const RowDigest&) const = default;
};
void add_to_digest(RowDigest& digest, Field field, std::string_view term, std::uint32_t position);
RowDigest digest_of(const RowTerms& terms);

}  // namespace naru
