// NumberTable: finds small numbers by the hash of what they stand for, four bytes a place. The hash is not kept:
// whoever looks compares what the number stands for. Several may have one hash. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace naru {

class NumberTable {
 public:
  // Calls `visit(number)` for each that may have this hash, until it says true; whether one did.
  template <class Visit>
  bool find(std::uint32_t hash, Visit visit) const {
    if (places_.empty()) return false;
    for (std::size_t place = first(hash); places_[place] != kEmpty; place = next(place)) {
      if (places_[place] != kTaken && visit(places_[place])) return true;
    }
    return false;
  }

  // `hash_of(number)` gives the hashes of those that are there already: they move when the table grows.
  template <class HashOf>
  void add(std::uint32_t number, HashOf hash_of) {
    if ((used_ + 1) * 4 > places_.size() * 3) grow(hash_of);
    std::size_t place = first(hash_of(number));
    while (places_[place] != kEmpty && places_[place] != kTaken) place = next(place);
    used_ += places_[place] == kEmpty ? 1 : 0;
    places_[place] = number;
    ++size_;
  }

  void remove(std::uint32_t number, std::uint32_t hash) {
    for (std::size_t place = first(hash); places_[place] != kEmpty; place = next(place)) {
      if (places_[place] != number) continue;
      places_[place] = kTaken;
      --size_;
      return;
    }
  }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return places_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr std::uint32_t kEmpty = 0xffffffff, kTaken = 0xfffffffe;  // taken: one was here and has gone
  static constexpr std::size_t kPlacesMin = 16;

  // Numbers in order make long rows of places; the multiplier is the golden ratio's.
  std::size_t first(std::uint32_t hash) const { return (hash * 0x9e3779b1U) % places_.size(); }
  std::size_t next(std::size_t place) const { return place + 1 == places_.size() ? 0 : place + 1; }

  // To half full, and half as large again: between 4 and 8 bytes for each number.
  template <class HashOf>
  void grow(HashOf hash_of) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(size_);
    for (const std::uint32_t number : places_) {
      if (number < kTaken) numbers.push_back(number);
    }
    places_.assign(std::max(kPlacesMin, numbers.size() * 2 + 1), kEmpty);
    used_ = size_ = 0;
    for (const std::uint32_t number : numbers) add(number, hash_of);
  }

  std::vector<std::uint32_t> places_;
  std::size_t used_ = 0, size_ = 0;  // places that are not empty; numbers
};

}  // namespace naru
