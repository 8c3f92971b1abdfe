#include "text/repetition.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "text/unicode.h"

namespace naru {

namespace {

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// An odd number without pattern, the golden ratio's: it spreads a hash over its upper bits.
constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
// A table has at least twice as many places as rows.
constexpr std::size_t kPlacesMin = 16;

}  // namespace

Repeated repeated(const std::vector<std::string_view>& pieces) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(pieces.size());
  Repeated sum;
  for (const std::string_view piece : pieces) {
    if (seen.insert(piece).second) continue;
    ++sum.pieces;
    sum.characters += characters_of(piece);
  }
  return sum;
}

WordRows::WordRows(const TextShape& shape) {
  hashes_.reserve(shape.words.size());
  before_.reserve(shape.words.size() + 1);
  before_.push_back(0);
  for (const ShapeWord& word : shape.words) {
    hashes_.push_back(std::hash<std::string_view>()(shape.text.substr(word.start, word.end - word.start)));
    before_.push_back(before_.back() + word.characters);
  }
  const std::size_t places = std::bit_ceil(std::max(kPlacesMin, 2 * hashes_.size()));
  table_.resize(places);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(places));
}

WordRows::Row& WordRows::find(std::uint64_t hash) {
  std::size_t place = (hash * kSpread) >> shift_;
  while (table_[place].count != 0 && table_[place].hash != hash) place = (place + 1) & (table_.size() - 1);
  table_[place].hash = hash;
  return table_[place];
}

// Rows in order, by a polynomial of the hashes of their words; `visit` says how many words to go on.
template <class Visit>
void WordRows::walk(std::size_t n, Visit visit) {
  std::fill(table_.begin(), table_.end(), Row());
  std::uint64_t hash = 0, power = 1;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    hash = (hash + hashes_[i]) * kSpread;
    power *= kSpread;
  }
  std::size_t next = 0;
  for (std::size_t first = 0; first < rows(n); ++first) {
    hash += hashes_[first + n - 1];
    if (first == next) next += visit(first, find(hash));
    hash = (hash - hashes_[first] * power) * kSpread;
  }
}

std::size_t WordRows::top_characters(std::size_t n) {
  if (rows(n) == 0) return 0;
  Row top;
  walk(n, [&](std::size_t first, Row& row) {
    if (row.count++ == 0) row.first = static_cast<std::uint32_t>(first);
    // Of rows that are as common the one that stands first.
    if (row.count > top.count || (row.count == top.count && row.first < top.first)) top = row;
    return std::size_t{1};
  });
  if (top.count > 1) return (characters(top.first, n) + n - 1) * top.count;
  if (all_differ_ == 0) all_differ_ = n;
  return 0;
}

std::size_t WordRows::repeated_characters(std::size_t n) {
  if (rows(n) == 0 || (all_differ_ != 0 && n >= all_differ_)) return 0;
  std::size_t sum = 0;
  walk(n, [&](std::size_t first, Row& row) {
    if (row.count == 0) {
      row.count = 1;
      return std::size_t{1};
    }
    sum += characters(first, n);
    return n;
  });
  if (sum == 0 && all_differ_ == 0) all_differ_ = n;
  return sum;
}

}  // namespace naru
