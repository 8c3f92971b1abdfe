#include "text/shingles.h"

#include <algorithm>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint32_t kWordWeight = 2, kCharacterWeight = 1;
constexpr std::uint32_t kShingleWeight = 5 * kWordWeight;

struct Unit {
  std::uint64_t hash = 0;
  std::uint32_t weight = 0;
};

// FNV-1a over code points; its upper bits are mixed when units are joined.
constexpr std::uint64_t kStart = 0xcbf29ce484222325, kPrime = 0x100000001b3;

// The finalizer of MurmurHash3 (A. Appleby): each bit of the input changes half of the output's.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

bool is_dense(char32_t c) { return c >= 0x1100 && (is_hangul(c) || is_han(c) || is_kana(c)); }

bool is_word(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  return is_letter(c) || is_digit(c);
}

std::vector<Unit> units_of(std::string_view text) {
  std::vector<Unit> units;
  units.reserve(text.size() / 5);
  std::uint64_t word = kStart;
  const auto end_word = [&] {
    if (word != kStart) units.push_back({mixed(word), kWordWeight});
    word = kStart;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_dense(c)) {
      end_word();
      units.push_back({mixed(kStart ^ c), kCharacterWeight});
    } else if (is_word(c)) {
      word = (word ^ c) * kPrime;
    } else {
      end_word();
    }
  }
  end_word();
  return units;
}

}  // namespace

Shingles shingles_of(std::string_view text) {
  std::string room;
  const std::string folded = case_fold(nfc(text, room));
  const std::vector<Unit> units = units_of(folded);
  Shingles shingles;
  shingles.reserve(units.size());
  for (std::size_t first = 0; first < units.size(); ++first) {
    std::uint64_t hash = 0;
    std::uint32_t weight = 0;
    for (std::size_t i = first; i < units.size() && weight < kShingleWeight; ++i) {
      hash = mixed(hash + units[i].hash);
      weight += units[i].weight;
    }
    // What is left at the end is in the shingle before.
    if (weight < kShingleWeight && first > 0) break;
    shingles.push_back(hash);
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

double jaccard(const Shingles& a, const Shingles& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t shared = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const std::uint64_t left = a[i], right = b[k];
    shared += left == right ? 1 : 0;
    i += left <= right ? 1 : 0;
    k += right <= left ? 1 : 0;
  }
  return static_cast<double>(shared) / static_cast<double>(a.size() + b.size() - shared);
}

}  // namespace naru
