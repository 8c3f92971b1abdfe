// Bitmap: one bit a row, dense. Plain value; a bitmap that is shared between threads is const.
#pragma once

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
  void grow(std::size_t bits) {
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
  const std::vector<std::uint64_t>& words() const { return words_; }

  template <class Take>
  void each(Take take) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        take(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }

  // Little-endian words, as the truth keeps them.
  std::string bytes() const {
    return {reinterpret_cast<const char*>(words_.data()), words_.size() * 8};
  }
  static Bitmap from_bytes(std::string_view bytes, std::size_t bits) {
    Bitmap bitmap(bits);
    std::memcpy(bitmap.words_.data(), bytes.data(), std::min(bytes.size(), bitmap.words_.size() * 8));
    bitmap.trim();
    return bitmap;
  }

 private:
  void trim() {
    if ((bits_ & 63) != 0) words_.back() &= (1ULL << (bits_ & 63)) - 1;
  }

  std::size_t bits_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace naru
