// Bitmap: one bit a row, dense. Plain value; a bitmap that is shared between threads is const. Callers keep indices
// below size(); bits behind size() are always 0.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::size_t bits, bool value = false) : bits_(bits), words_((bits + 63) / 64, value ? ~0ULL : 0ULL) {
    trim();
  }

  std::size_t size() const { return bits_; }
  bool test(std::size_t i) const { return ((words_[i >> 6] >> (i & 63)) & 1) != 0; }
  void set(std::size_t i) { words_[i >> 6] |= 1ULL << (i & 63); }
  void clear(std::size_t i) { words_[i >> 6] &= ~(1ULL << (i & 63)); }
  // New bits are 0; never shrinks.
  void grow(std::size_t bits) {
    if (bits <= bits_) return;
    bits_ = bits;
    words_.resize((bits + 63) / 64, 0);
  }
  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }
  void intersect(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= i < other.words_.size() ? other.words_[i] : 0;
  }
  // Of bitmaps of one size.
  void unite(const Bitmap& other) {
    for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) words_[i] |= other.words_[i];
    trim();
  }
  void subtract(const Bitmap& other) {
    for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) words_[i] &= ~other.words_[i];
  }
  // Is a bit set in [begin, end)? What lies behind the end of the bitmap counts as 0.
  bool any_in(std::size_t begin, std::size_t end) const {
    end = std::min(end, bits_);
    if (begin >= end) return false;
    const std::size_t first = begin >> 6, last = (end - 1) >> 6;
    const std::uint64_t head = ~0ULL << (begin & 63), tail = ~0ULL >> (63 - ((end - 1) & 63));
    if (first == last) return (words_[first] & head & tail) != 0;
    if ((words_[first] & head) != 0 || (words_[last] & tail) != 0) return true;
    return std::any_of(words_.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                       words_.begin() + static_cast<std::ptrdiff_t>(last),
                       [](std::uint64_t word) { return word != 0; });
  }
  const std::vector<std::uint64_t>& words() const { return words_; }

  template <class Take>
  void each(Take take) const {
    each_in_words(0, words_.size(), take);
  }

  // Those below `end`, and those from `begin` on; both are whole words: multiples of 64.
  template <class Take>
  void each_below(std::size_t end, Take take) const {
    each_in_words(0, std::min(end / 64, words_.size()), take);
  }
  template <class Take>
  void each_from(std::size_t begin, Take take) const {
    each_in_words(begin / 64, words_.size(), take);
  }
  std::size_t count_below(std::size_t end) const {
    std::size_t sum = 0;
    for (std::size_t w = 0; w < std::min(end / 64, words_.size()); ++w) {
      sum += static_cast<std::size_t>(std::popcount(words_[w]));
    }
    return sum;
  }

  // Little-endian words, as the truth keeps them.
  std::string bytes() const {
    return {reinterpret_cast<const char*>(words_.data()), words_.size() * 8};
  }
  static Bitmap from_bytes(std::string_view bytes, std::size_t bits) {
    Bitmap bitmap(bits);
    const std::size_t size = std::min(bytes.size(), bitmap.words_.size() * 8);
    if (size != 0) std::memcpy(bitmap.words_.data(), bytes.data(), size);
    bitmap.trim();
    return bitmap;
  }

 private:
  template <class Take>
  void each_in_words(std::size_t first, std::size_t last, Take take) const {
    for (std::size_t w = first; w < last; ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        take(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }
  void trim() {
    if ((bits_ & 63) != 0) words_.back() &= (1ULL << (bits_ & 63)) - 1;
  }

  std::size_t bits_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace naru
