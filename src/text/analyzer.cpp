#include "text/analyzer.h"

#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <unordered_set>

#include "text/korean.h"
#include "text/unicode.h"

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

// Weights of query terms, chosen on tydiqa-ko and told in docs/decisions/0003-analyzer.md. A syllable bigram weighs 1.
// The word as a whole says the same once more, and the more bigrams it has the less it adds: 0.7 shared by their
// number.
constexpr float kWholeWordWeight = 0.7F;
// "2019년" beside "2019".
constexpr float kCounterWeight = 0.5F;

// Words remembered per thread with their stems: 2 MiB, which stay in the second cache. A word has one place there, and
// takes it from the word before: by Zipf's law nine of ten that come are found.
constexpr std::size_t kKnownWords = 1U << 15;

bool is_stop_word(const std::string& word) {
  static const std::unordered_set<std::string_view> words(kStopWords.begin(), kStopWords.end());
  return words.contains(word);
}

struct DeleteStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// What is known of a Latin word.
struct KnownWord {
  std::string word, stem;
  bool stop = false;
};

const KnownWord& look_up(const std::string& word) {
  thread_local std::unique_ptr<sb_stemmer, DeleteStemmer> stemmer(sb_stemmer_new("english", "UTF_8"));
  thread_local std::vector<KnownWord> known(kKnownWords);
  KnownWord& place = known[std::hash<std::string>{}(word) % kKnownWords];
  if (place.word == word) return place;
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stemmed = sb_stemmer_stem(stemmer.get(), symbols, static_cast<int>(word.size()));
  const int length = sb_stemmer_length(stemmer.get());
  place.word = word;
  place.stem.assign(reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(length));
  place.stop = is_stop_word(word);
  return place;
}

std::string stem(const std::string& word) { return look_up(word).stem; }

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

// Part of a word in one script, at bytes [start, end) of the text.
struct Piece {
  Script script;
  std::size_t start, end;
};

// ---- a text to words ----------------------------------------------------------------------------------------------

// Cuts a text into words: letters and digits with the marks that join them (a_b, a.b, 1,200). A word is its pieces by
// script, so that "Sphinx를" is "Sphinx" and "를"; camelCase gives a piece for each part.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // False at the end of the text.
  bool next(std::vector<Piece>& pieces) {
    pieces.clear();
    while (at_ < text_.size()) {
      std::size_t after = at_;
      const char32_t c = next_code_point(text_, after);
      const Script script = script_of(c);
      if (script != Script::other) {
        add(pieces, script, c, after);
      } else if (!pieces.empty() && !joins(c, pieces.back().script, after)) {
        return true;
      }
      at_ = after;
      if (is_apostrophe(c) && !pieces.empty()) skip_letters();
    }
    return !pieces.empty();
  }

 private:
  static bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }

  void add(std::vector<Piece>& pieces, Script script, char32_t c, std::size_t after) const {
    const bool goes_on = !pieces.empty() && pieces.back().script == script && pieces.back().end == at_;
    const bool camel = goes_on && c >= 'A' && c <= 'Z' && text_[at_ - 1] >= 'a' && text_[at_ - 1] <= 'z';
    if (goes_on && !camel) {
      pieces.back().end = after;
    } else {
      pieces.push_back({script, at_, after});
    }
  }

  // Does the mark c stand between two pieces of one word? "well-known" is two words.
  bool joins(char32_t c, Script before, std::size_t after) const {
    if (after >= text_.size()) return false;
    const Script following = script_of(next_code_point(text_, after));
    const bool letters = before == Script::latin && following == Script::latin;
    const bool digits = before == Script::digit && following == Script::digit;
    if (c == ',') return digits;
    if (is_apostrophe(c)) return letters;
    const bool alphanumeric = (before == Script::latin || before == Script::digit) &&
                              (following == Script::latin || following == Script::digit);
    return (c == '.' || c == '_') && alphanumeric;
  }

  // "don't", "Debian's": the word before the apostrophe tells, the rest does not.
  void skip_letters() {
    while (at_ < text_.size()) {
      std::size_t after = at_;
      if (script_of(next_code_point(text_, after)) != Script::latin) return;
      at_ = after;
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

// ---- words to terms -----------------------------------------------------------------------------------------------

enum class Purpose { index, query, query_of_stop_words };

struct Terms {
  std::vector<std::string> texts;
  std::vector<float> weights;
  std::vector<std::uint32_t> positions;
  std::vector<bool> repeats;  // the word as a whole beside its bigrams: no part of a phrase
};

enum class Share : std::uint8_t { own, repeated };

// Makes the terms of words. A query leaves out what only asks, and weighs; a text lists all.
class TermMaker {
 public:
  TermMaker(std::string_view text, Purpose purpose) : text_(text), purpose_(purpose) {}

  void add_word(const std::vector<Piece>& pieces) {
    std::string number;  // what stood right before the piece, if it was a number
    for (std::size_t i = 0; i < pieces.size();) {
      const std::string_view piece = text_of(pieces[i]);
      std::size_t end = i + 1;
      switch (pieces[i].script) {
        case Script::hangul:
          add_hangul(piece, i > 0, number);
          break;
        case Script::han_kana:
          add_run(piece);
          break;
        default:  // Latin letters and digits together, with what joins them: one identifier
          while (end < pieces.size() && is_alphanumeric(pieces[end])) ++end;
          number = add_identifier(std::span(pieces).subspan(i, end - i));
          i = end;
          continue;
      }
      number.clear();
      i = end;
    }
    ++position_;
  }

  Terms take() { return std::move(terms_); }

 private:
  static bool is_alphanumeric(const Piece& piece) {
    return piece.script == Script::latin || piece.script == Script::digit;
  }
  std::string_view text_of(const Piece& piece) const { return text_.substr(piece.start, piece.end - piece.start); }

  void add(std::string term, float weight = 1, Share share = Share::own) {
    if (term.size() > kTermBytesMax) {
      std::size_t size = kTermBytesMax;
      while (size > 0 && (static_cast<unsigned char>(term[size]) & 0xc0) == 0x80) --size;
      term.resize(size);
    }
    if (term.empty()) return;
    terms_.texts.push_back(std::move(term));
    terms_.weights.push_back(weight);
    terms_.positions.push_back(position_);
    terms_.repeats.push_back(share == Share::repeated);
  }

  // ---- Latin letters and digits ----

  void add_latin(const std::string& folded, bool drop_stop_words) {
    const KnownWord& known = look_up(folded);
    if (drop_stop_words && purpose_ != Purpose::query_of_stop_words && known.stop) return;
    add(known.stem);
  }

  // The number that the pieces are, without its commas, or "" where they are none.
  std::string add_identifier(std::span<const Piece> pieces) {
    const std::string_view whole = text_.substr(pieces.front().start, pieces.back().end - pieces.front().start);
    std::string folded = fold_accents(case_fold(whole));
    if (pieces.size() == 1 && pieces.front().script == Script::latin) {
      add_latin(folded, true);
      return {};
    }
    const bool number =
        std::all_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.script == Script::digit; });
    if (number) std::erase(folded, ',');
    // "U.S.": the letters of an acronym say nothing alone, and others write "US".
    const bool acronym = std::all_of(pieces.begin(), pieces.end(),
                                     [](const Piece& p) { return p.script == Script::latin && p.end - p.start == 1; });
    if (acronym) std::erase(folded, '.');
    add(folded);
    if (number) return folded;
    if (acronym || pieces.size() == 1) return {};
    for (const Piece& piece : pieces) {
      if (piece.script == Script::latin) {
        add_latin(fold_accents(case_fold(text_of(piece))), false);
      } else {
        add(std::string(text_of(piece)));
      }
    }
    return {};
  }

  // ---- Hangul ----

  // "도서관에서" -> 도서 서관 도서관. `glued`: right behind another script; `number`: which was this one.
  void add_hangul(std::string_view word, bool glued, const std::string& number) {
    if (glued && is_particle(word)) return;
    if (!number.empty()) {
      const std::size_t first = syllable_bytes(word);
      const std::string_view rest = word.substr(first);
      add(number + std::string(word.substr(0, first)), weigh(kCounterWeight));
      if (rest.empty() || is_particle(rest)) return;  // "년" alone is in every text
    }
    if (purpose_ == Purpose::query && is_question_word(word)) return;
    const std::string_view bare = without_particle(word);
    const std::size_t bigrams = add_bigrams(bare);
    if (bigrams > 1) {
      add(std::string(bare), weigh(kWholeWordWeight / static_cast<float>(bigrams)), Share::repeated);
    } else if (bigrams == 1) {
      add_two_syllables(bare);
    }
  }

  // "집은" may be a word of one syllable with its particle; "나이" is one that only looks so.
  void add_two_syllables(std::string_view word) {
    const std::size_t first = syllable_bytes(word);
    const bool whole = !is_particle(word.substr(first));
    add(whole ? std::string(kWholeMark).append(word) : std::string(word.substr(0, first)),
        whole ? weigh(kWholeWordWeight) : 1, Share::repeated);
  }

  // Han and kana are written without spaces: each pair counts as a word.
  void add_run(std::string_view run) { add_bigrams(run, 1); }

  // Pairs of neighbours, each `step` places behind the one before, or the character where there is but one. Returns how
  // many pairs.
  std::size_t add_bigrams(std::string_view word, std::uint32_t step = 0) {
    std::size_t pairs = 0;
    for (std::size_t start = 0, middle = syllable_bytes(word); middle < word.size(); ++pairs) {
      std::size_t end = middle;
      next_code_point(word, end);
      if (pairs > 0) position_ += step;
      add(std::string(word.substr(start, end - start)));
      start = middle;
      middle = end;
    }
    if (pairs == 0) add(std::string(word));
    return pairs;
  }

  static std::size_t syllable_bytes(std::string_view word) {
    std::size_t at = 0;
    next_code_point(word, at);
    return at;
  }

  float weigh(float weight) const { return purpose_ == Purpose::index ? 1 : weight; }

  const std::string_view text_;
  const Purpose purpose_;
  Terms terms_;
  std::uint32_t position_ = 0;  // words before this one
};

Terms make_terms(std::string_view text, Purpose purpose) {
  TermMaker maker(text, purpose);
  WordReader words(text);
  std::vector<Piece> pieces;
  while (words.next(pieces)) maker.add_word(pieces);
  return maker.take();
}

bool is_one_hangul(std::string_view term) {
  std::size_t at = 0;
  return !term.empty() && is_hangul(next_code_point(term, at)) && at == term.size();
}

// The pieces of a text that is a single word; empty where it is none or several.
std::vector<Piece> single_word(std::string_view text) {
  WordReader words(text);
  std::vector<Piece> pieces, more;
  words.next(pieces);
  return words.next(more) ? std::vector<Piece>{} : pieces;
}

}  // namespace

std::vector<PhraseTerm> analyze_phrase(std::string_view text) {
  const Terms made = make_terms(nfc(text), Purpose::index);
  std::vector<PhraseTerm> phrase;
  std::uint32_t first = 0;
  for (std::size_t i = 0; i < made.texts.size(); ++i) {
    if (made.repeats[i]) continue;
    if (phrase.empty()) first = made.positions[i];
    phrase.push_back({made.texts[i], made.positions[i] - first});
  }
  return phrase;
}

bool phrase_occurs(std::span<const PhraseTerm> phrase, const PlacedTerms& text) {
  const auto stands = [&](const std::string& term, std::uint32_t position) {
    for (std::size_t i = 0; i < text.terms.size(); ++i) {
      if (text.positions[i] == position && text.terms[i] == term) return true;
    }
    return false;
  };
  return !phrase.empty() && std::any_of(text.positions.begin(), text.positions.end(), [&](std::uint32_t start) {
    return std::all_of(phrase.begin(), phrase.end(),
                       [&](const PhraseTerm& term) { return stands(term.term, start + term.offset); });
  });
}

std::string analyze_prefix(std::string_view text) {
  const std::string composed = nfc(text);
  const std::vector<Piece> pieces = single_word(composed);
  if (pieces.empty()) return {};
  const std::string_view word =
      std::string_view(composed).substr(pieces.front().start, pieces.back().end - pieces.front().start);
  const bool identifier = std::all_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
    return piece.script == Script::latin || piece.script == Script::digit;
  });
  if (!identifier && pieces.size() > 1) return {};
  std::string front = identifier ? fold_accents(case_fold(word)) : std::string(word);
  return front.size() > kTermBytesMax ? std::string() : front;
}

bool term_begins_with(std::string_view term, std::string_view prefix) {
  if (prefix.empty()) return false;
  if (term.starts_with(kWholeMark)) return term.substr(kWholeMark.size()).starts_with(prefix);
  if (!term.starts_with(prefix)) return term == stem(std::string(prefix));  // "retrieval" is kept as "retriev"
  std::size_t at = 0;
  if (!is_hangul(next_code_point(term, at)) || at == term.size()) return true;
  const std::string_view rest = term.substr(at);
  return !is_one_hangul(rest) || is_particle(rest);
}

std::vector<std::string> prefix_ranges(std::string_view prefix) {
  if (prefix.empty()) return {};
  std::vector<std::string> ranges = {std::string(prefix)};
  if (has_hangul(prefix)) ranges.push_back(std::string(kWholeMark).append(prefix));
  const std::string& stemmed = stem(std::string(prefix));
  if (!stemmed.starts_with(prefix)) ranges.push_back(stemmed);
  return ranges;
}

std::vector<std::string> analyze(std::string_view text) { return make_terms(nfc(text), Purpose::index).texts; }

PlacedTerms analyze_places(std::string_view text) {
  Terms made = make_terms(nfc(text), Purpose::index);
  return {std::move(made.texts), std::move(made.positions)};
}

std::vector<QueryTerm> analyze_query(std::string_view query) {
  const std::string composed = nfc(query);
  Terms made = make_terms(composed, Purpose::query);
  if (made.texts.empty()) made = make_terms(composed, Purpose::query_of_stop_words);  // "to be or not to be"
  std::vector<QueryTerm> distinct;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < made.texts.size(); ++i) {
    const auto [it, fresh] = places.emplace(made.texts[i], distinct.size());
    if (fresh) {
      distinct.push_back({made.texts[i], made.weights[i]});
    } else {
      distinct[it->second].weight += made.weights[i];
    }
  }
  return distinct;
}

}  // namespace naru
