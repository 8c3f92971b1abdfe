#include "text/stems.h"

#include <libstemmer.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace naru {

namespace {

constexpr std::array<std::string_view, 127> kStopWords = {
    "a",       "about",   "above",  "after",  "again",      "against",   "all",       "am",     "an",    "and",
    "any",     "are",     "as",     "at",     "be",         "because",   "been",      "before", "being", "below",
    "between", "both",    "but",    "by",     "can",        "did",       "do",        "does",   "doing", "down",
    "during",  "each",    "few",    "for",    "from",       "further",   "had",       "has",    "have",  "having",
    "he",      "her",     "here",   "hers",   "herself",    "him",       "himself",   "his",    "how",   "i",
    "if",      "in",      "into",   "is",     "it",         "its",       "itself",    "just",   "me",    "more",
    "most",    "my",      "myself", "no",     "nor",        "not",       "now",       "of",     "off",   "on",
    "once",    "only",    "or",     "other",  "our",        "ours",      "ourselves", "out",    "over",  "own",
    "s",       "same",    "she",    "should", "so",         "some",      "such",      "t",      "than",  "that",
    "the",     "their",   "theirs", "them",   "themselves", "then",      "there",     "these",  "they",  "this",
    "those",   "through", "to",     "too",    "under",      "until",     "up",        "very",   "was",   "we",
    "were",    "what",    "when",   "where",  "which",      "while",     "who",       "whom",   "why",   "will",
    "with",    "you",     "your",   "yours",  "yourself",   "yourselves"};

// Words remembered per thread: 2 MiB, which stay in the second cache. A word has one place there, and takes it from the
// word before: by Zipf's law nine of ten that come are found.
constexpr std::size_t kKnownWords = 1U << 15;

// Of a word that is remembered, so that a place is one line of the cache; longer ones are rare and stemmed each time.
constexpr std::size_t kKnownBytesMax = 30;

struct alignas(64) Place {
  std::uint8_t word_bytes = 0, stem_bytes = 0;  // 0: nobody's
  bool stop = false;
  std::array<char, kKnownBytesMax> word, stem;
};
static_assert(sizeof(Place) == 64);

bool is_stop_word(std::string_view word) {
  static const std::unordered_set<std::string_view> words(kStopWords.begin(), kStopWords.end());
  return words.contains(word);
}

struct DeleteStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// Valid until the thread asks again.
std::string_view stem(std::string_view word) {
  thread_local const std::unique_ptr<sb_stemmer, DeleteStemmer> stemmer(sb_stemmer_new("english", "UTF_8"));
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stemmed = sb_stemmer_stem(stemmer.get(), symbols, static_cast<int>(word.size()));
  const int length = sb_stemmer_length(stemmer.get());
  return {reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(length)};
}

// Eight bytes at a time, each multiplied in by 2^64 over the golden ratio (Knuth, Art of Computer Programming, 6.4).
std::size_t place_of(std::string_view word) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t hash = word.size();
  for (std::size_t at = 0; at < word.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, word.data() + at, word.size() - at < 8 ? word.size() - at : 8);
    hash = (hash ^ bytes) * kFactor;
    hash ^= hash >> 32;
  }
  return hash % kKnownWords;
}

}  // namespace

KnownWord look_up_word(std::string_view word) {
  if (word.empty()) return {};
  if (word.size() > kKnownBytesMax) return {stem(word), false};  // no stop word is so long
  thread_local std::vector<Place> known(kKnownWords);
  Place& place = known[place_of(word)];
  if (place.word_bytes != word.size() || std::memcmp(place.word.data(), word.data(), word.size()) != 0) {
    const std::string_view stemmed = stem(word);
    if (stemmed.size() > kKnownBytesMax) return {stemmed, false};
    place.word_bytes = static_cast<std::uint8_t>(word.size());
    place.stem_bytes = static_cast<std::uint8_t>(stemmed.size());
    place.stop = is_stop_word(word);
    std::memcpy(place.word.data(), word.data(), word.size());
    std::memcpy(place.stem.data(), stemmed.data(), stemmed.size());
  }
  return {{place.stem.data(), place.stem_bytes}, place.stop};
}

}  // namespace naru
