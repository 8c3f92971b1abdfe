#include "text/shingles.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint32_t kWordWeight = 2, kCharacterWeight = 1;
constexpr std::uint32_t kShingleWeight = 5 * kWordWeight;

// FNV-1a over code points; its upper bits are mixed when the word ends.
constexpr std::uint64_t kStart = 0xcbf29ce484222325, kPrime = 0x100000001b3;

// The finalizer of MurmurHash3 (A. Appleby): each bit of the input changes half of the output's.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

// The hash of words in a row is a polynomial of theirs, modulo 2^64, whose window rolls on with one step for a word (R.
// Karp and M. Rabin, 1987). Any odd number that is no small one does; this is the golden ratio's.
constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15;
constexpr std::size_t kUnitsMax = 16;  // a power of two above the kShingleWeight units that a shingle has at most
static_assert(kUnitsMax > kShingleWeight);
constexpr std::array<std::uint64_t, kUnitsMax> kPowers = [] {
  std::array<std::uint64_t, kUnitsMax> powers{1};
  for (std::size_t i = 1; i < kUnitsMax; ++i) powers[i] = powers[i - 1] * kBase;
  return powers;
}();

// Is given the words and characters of a text one after the other.
class Window {
 public:
  explicit Window(Shingles& out) : out_(out) {}

  void add(std::uint64_t hash, std::uint32_t weight) {
    ends_[count_ % kUnitsMax] = {prefix_, weight};
    prefix_ = prefix_ * kBase + hash;
    ++count_;
    weight_ += weight;
    while (weight_ >= kShingleWeight) {
      put();
      weight_ -= ends_[first_++ % kUnitsMax].weight;
    }
  }

  // What is left at the end is in the shingle before, if there is one.
  void finish() {
    if (first_ == 0 && count_ > 0) put();
  }

 private:
  struct Unit {
    std::uint64_t prefix = 0;  // the polynomial of all before it
    std::uint32_t weight = 0;
  };

  void put() {
    const std::uint64_t hash = prefix_ - ends_[first_ % kUnitsMax].prefix * kPowers[count_ - first_];
    out_.push_back(static_cast<std::uint32_t>(mixed(hash) >> 32));
  }

  Shingles& out_;
  std::array<Unit, kUnitsMax> ends_;
  std::uint64_t prefix_ = 0;
  std::size_t first_ = 0, count_ = 0;  // units: the first of the window, all
  std::uint32_t weight_ = 0;           // of the window
};

// What of ASCII is in a word, in lower case; 0: it ends one.
constexpr std::array<unsigned char, 0x80> kInWord = [] {
  std::array<unsigned char, 0x80> letters{};
  for (unsigned char c = '0'; c <= '9'; ++c) letters[c] = c;
  for (unsigned char c = 'a'; c <= 'z'; ++c) letters[c] = letters[c - 'a' + 'A'] = c;
  letters['_'] = '_';
  return letters;
}();

bool is_dense(char32_t c) { return c >= 0x1100 && (is_hangul(c) || is_han(c) || is_kana(c)); }

// As kInWord, of all others that stand alone in no shingle.
char32_t in_word(char32_t c) {
  const auto folded = static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
  if (folded < kInWord.size()) return kInWord[folded];  // the sign for Kelvin is a k
  return is_letter(folded) || is_digit(folded) ? folded : 0;
}

void read_words(std::string_view text, Window& window) {
  std::uint64_t word = kStart;
  const auto end_word = [&] {
    if (word != kStart) window.add(mixed(word), kWordWeight);
    word = kStart;
  };
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = static_cast<unsigned char>(text[at]);
    if (c < kInWord.size()) {
      ++at;
      c = kInWord[c];
    } else {
      c = next_code_point(text, at);
      if (is_dense(c)) {
        end_word();
        window.add(mixed(kStart ^ c), kCharacterWeight);
        continue;
      }
      c = in_word(c);
    }
    if (c != 0) {
      word = (word ^ c) * kPrime;
    } else {
      end_word();
    }
  }
  end_word();
}

// Below so many comparing is faster than counting.
constexpr std::size_t kFew = 128;

// By their bytes, the lowest first: in the same time whatever they are.
void sort(Shingles& shingles) {
  if (shingles.size() < kFew) return std::sort(shingles.begin(), shingles.end());
  constexpr std::size_t kBytes = sizeof(Shingles::value_type), kValues = 256;
  const auto byte = [](std::uint32_t number, std::size_t at) { return (number >> (8 * at)) & (kValues - 1); };
  std::array<std::array<std::size_t, kValues>, kBytes> places{};
  for (const std::uint32_t one : shingles) {
    for (std::size_t at = 0; at < kBytes; ++at) ++places[at][byte(one, at)];
  }
  Shingles room(shingles.size());
  for (std::size_t at = 0; at < kBytes; ++at) {
    std::size_t before = 0;
    for (std::size_t& place : places[at]) before += std::exchange(place, before);
    for (const std::uint32_t one : shingles) room[places[at][byte(one, at)]++] = one;
    shingles.swap(room);
  }
}

}  // namespace

Shingles shingles_of(std::string_view text) {
  constexpr std::size_t kBytesAWord = 6;
  Shingles shingles;
  shingles.reserve(text.size() / kBytesAWord + 1);
  Window window(shingles);
  std::string room;
  read_words(nfc(text, room), window);
  window.finish();
  sort(shingles);
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

double jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t shared = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const std::uint32_t left = a[i], right = b[k];
    shared += left == right ? 1 : 0;
    i += left <= right ? 1 : 0;
    k += right <= left ? 1 : 0;
  }
  return static_cast<double>(shared) / static_cast<double>(a.size() + b.size() - shared);
}

}  // namespace naru
