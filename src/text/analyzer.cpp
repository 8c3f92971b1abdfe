#include "text/analyzer.h"

#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "text/unicode.h"

namespace naru {

namespace {

// Particles and the commonest endings that are glued to a Korean noun, longest first within the loop that strips them.
constexpr std::array<std::string_view, 62> kParticles = {
    "으로부터", "에서부터", "에게서", "으로서", "으로써", "이라는", "이라고", "에서는", "에서도", "에게는", "으로는",
    "까지는",   "부터는",   "이라도", "이었다", "입니까", "입니다", "이다",   "라는",   "라고",   "에는",   "에도",
    "에서",     "에게",     "한테",   "께서",   "으로",   "로서",   "로써",   "까지",   "부터",   "처럼",   "보다",
    "만큼",     "마다",     "조차",   "마저",   "밖에",   "이나",   "이란",   "이며",   "이고",   "과의",   "와의",
    "로는",     "하고",     "은",     "는",     "이",     "가",     "을",     "를",     "의",     "에",     "도",
    "만",       "와",       "과",     "로",     "나",     "란",     "랑"};

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

// A syllable bigram tells less than a whole word does; weights chosen on tydiqa-ko (docs/decisions/0005-analyzer.md).
constexpr float kBigramWeight = 1.0F;
constexpr float kWordWeight = 1.0F;

// Words remembered per thread with their stems; emptied when full, so that memory stays bounded.
constexpr std::size_t kStemCacheMax = 50'000;

bool is_stop_word(const std::string& word) {
  static const std::unordered_set<std::string_view> words(kStopWords.begin(), kStopWords.end());
  return words.contains(word);
}

struct DeleteStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

const std::string& stem(const std::string& word) {
  thread_local std::unique_ptr<sb_stemmer, DeleteStemmer> stemmer(sb_stemmer_new("english", "UTF_8"));
  thread_local std::unordered_map<std::string, std::string> cache;
  const auto known = cache.find(word);
  if (known != cache.end()) return known->second;
  if (cache.size() >= kStemCacheMax) cache.clear();
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stemmed = sb_stemmer_stem(stemmer.get(), symbols, static_cast<int>(word.size()));
  const int length = sb_stemmer_length(stemmer.get());
  return cache.emplace(word, std::string(reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(length)))
      .first->second;
}

enum class Script { other, latin, digit, hangul, han_kana };

Script script_of(char32_t c) {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Script::latin;
    return c >= '0' && c <= '9' ? Script::digit : Script::other;
  }
  if (is_hangul(c)) return Script::hangul;
  if (is_han(c) || is_kana(c)) return Script::han_kana;
  if (is_digit(c)) return Script::digit;
  return is_letter(c) ? Script::latin : Script::other;  // any other alphabet is treated as Latin
}

// Where terms go. Query analysis weighs them, index analysis only lists them.
struct Terms {
  std::vector<std::string> list;
  std::vector<float> weights;
  void add(std::string term, float weight = kWordWeight) {
    if (term.empty()) return;
    if (term.size() > kTermBytesMax) {
      term.resize(kTermBytesMax);
      while (!term.empty() && (static_cast<unsigned char>(term.back()) & 0xc0) == 0x80) term.pop_back();
      if (!term.empty() && static_cast<unsigned char>(term.back()) >= 0xc0) term.pop_back();
    }
    list.push_back(std::move(term));
    weights.push_back(weight);
  }
};

void add_latin_word(Terms& terms, std::string_view word, bool keep_stop_words) {
  const std::string folded = case_fold(word);
  if (!keep_stop_words && is_stop_word(folded)) return;
  terms.add(stem(folded));
}

// Syllables of a word as separate strings' offsets.
std::vector<std::size_t> syllable_starts(std::string_view word) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < word.size();) {
    starts.push_back(at);
    next_code_point(word, at);
  }
  starts.push_back(word.size());
  return starts;
}

std::string_view strip_particle(std::string_view word, std::size_t syllables) {
  for (const std::string_view particle : kParticles) {
    const std::size_t length = particle.size() / 3;  // Hangul syllables take three bytes
    if (word.ends_with(particle) && syllables >= length + 2) return word.substr(0, word.size() - particle.size());
  }
  return word;
}

// "도서관에서" -> 도서 서관 관에 에서, and 도서관.
void add_hangul_word(Terms& terms, std::string_view word) {
  const std::vector<std::size_t> starts = syllable_starts(word);
  const std::size_t count = starts.size() - 1;
  if (count <= 2) {
    terms.add(std::string(word));
    if (count == 2) {  // "집은": a word of one syllable before its particle
      const std::string_view last = word.substr(starts[1]);
      if (std::find(kParticles.begin(), kParticles.end(), last) != kParticles.end()) {
        terms.add(std::string(word.substr(0, starts[1])), kBigramWeight);
      }
    }
    return;
  }
  const std::string_view bare = strip_particle(word, count);
  for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
    if (starts[i] >= bare.size()) break;  // bigrams of the particle alone say nothing
    terms.add(std::string(word.substr(starts[i], starts[i + 2] - starts[i])), kBigramWeight);
  }
  const std::vector<std::size_t> bare_starts = syllable_starts(bare);
  if (bare_starts.size() - 1 >= 3) terms.add(std::string(bare));
}

void add_han_kana(Terms& terms, std::string_view word) {
  const std::vector<std::size_t> starts = syllable_starts(word);
  if (starts.size() <= 2) return terms.add(std::string(word));
  for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
    terms.add(std::string(word.substr(starts[i], starts[i + 2] - starts[i])));
  }
}

struct Piece {
  Script script;
  std::size_t start, end;
};

// A word: letters and digits with the marks that join them (a_b, a.b, a-b, 1,200, don't). Gives its pieces by script.
// Hangul splits off at once, so that "Sphinx를" is "Sphinx" and "를".
void analyze_word(Terms& terms, std::string_view word, const std::vector<Piece>& pieces, bool keep_stop_words) {
  std::size_t run = 0;
  while (run < pieces.size()) {
    const Piece& piece = pieces[run];
    if (piece.script == Script::hangul) {
      const bool glued_particle =
          run > 0 && std::find(kParticles.begin(), kParticles.end(),
                               word.substr(piece.start, piece.end - piece.start)) != kParticles.end();
      if (!glued_particle) add_hangul_word(terms, word.substr(piece.start, piece.end - piece.start));
      ++run;
      continue;
    }
    if (piece.script == Script::han_kana) {
      add_han_kana(terms, word.substr(piece.start, piece.end - piece.start));
      ++run;
      continue;
    }
    std::size_t end = run;  // Latin letters and digits together, with what joins them: one identifier
    while (end < pieces.size() && (pieces[end].script == Script::latin || pieces[end].script == Script::digit)) ++end;
    const std::string_view whole = word.substr(pieces[run].start, pieces[end - 1].end - pieces[run].start);
    if (end - run == 1 && piece.script == Script::latin) {
      add_latin_word(terms, whole, keep_stop_words);
    } else {
      std::string joined = case_fold(whole);
      const bool number = std::all_of(joined.begin(), joined.end(),
                                      [](char c) { return (c >= '0' && c <= '9') || c == ',' || c == '.'; });
      if (number) joined.erase(std::remove(joined.begin(), joined.end(), ','), joined.end());
      terms.add(joined);
      if (!number && end - run > 1) {
        for (std::size_t i = run; i < end; ++i) {
          const std::string_view part = word.substr(pieces[i].start, pieces[i].end - pieces[i].start);
          if (pieces[i].script == Script::latin)
            add_latin_word(terms, part, true);
          else
            terms.add(std::string(part));
        }
      }
    }
    run = end;
  }
}

bool joins(char32_t c) { return c == '_' || c == '.' || c == '-' || c == '\'' || c == ',' || c == 0x2019; }

void analyze_into(Terms& terms, std::string_view text, bool keep_stop_words) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = at;
    if (script_of(next_code_point(text, next)) == Script::other) {
      at = next;
      continue;
    }
    const std::size_t start = at;
    pieces.clear();
    while (at < text.size()) {
      next = at;
      const char32_t c = next_code_point(text, next);
      const Script script = script_of(c);
      if (script == Script::other) {
        if (!joins(c) || next >= text.size()) break;
        std::size_t after = next;
        const Script following = script_of(next_code_point(text, after));
        const Script before = pieces.back().script;
        // What stands between two Latin or digit pieces joins them; a comma and an apostrophe only between their own
        // kind.
        const bool alnum = (before == Script::latin || before == Script::digit) &&
                           (following == Script::latin || following == Script::digit);
        if (!alnum) break;
        if (c == ',' && !(before == Script::digit && following == Script::digit)) break;
        if ((c == '\'' || c == 0x2019) && !(before == Script::latin && following == Script::latin)) break;
        if (c == '-') break;             // "well-known" is two words
        if (c == '\'' || c == 0x2019) {  // "don't", "Debian's": the word before tells, the rest does not
          at = next;
          while (at < text.size()) {
            after = at;
            if (script_of(next_code_point(text, after)) != Script::latin) break;
            at = after;
          }
          continue;
        }
        at = next;
        continue;
      }
      const bool camel = script == Script::latin && c >= 'A' && c <= 'Z' && !pieces.empty() &&
                         pieces.back().script == Script::latin && pieces.back().end == at && at > start &&
                         text[at - 1] >= 'a' && text[at - 1] <= 'z';
      if (!pieces.empty() && pieces.back().script == script && pieces.back().end == at - start + start && !camel) {
        pieces.back().end = next;
      } else {
        pieces.push_back({script, at, next});
      }
      at = next;
    }
    for (Piece& piece : pieces) {
      piece.start -= start;
      piece.end -= start;
    }
    analyze_word(terms, text.substr(start, at - start), pieces, keep_stop_words);
  }
}

}  // namespace

std::vector<std::string> analyze(std::string_view text) {
  Terms terms;
  analyze_into(terms, nfc(text), false);
  return std::move(terms.list);
}

std::vector<QueryTerm> analyze_query(std::string_view query) {
  const std::string composed = nfc(query);
  Terms terms;
  analyze_into(terms, composed, false);
  if (terms.list.empty()) analyze_into(terms, composed, true);  // "to be or not to be"
  std::vector<QueryTerm> distinct;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < terms.list.size(); ++i) {
    const auto [it, fresh] = places.emplace(terms.list[i], distinct.size());
    if (fresh) {
      distinct.push_back({terms.list[i], terms.weights[i]});
    } else {
      distinct[it->second].weight += terms.weights[i];
    }
  }
  return distinct;
}

}  // namespace naru
