#include "text/analyzer.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "text/korean.h"
#include "text/stems.h"
#include "text/unicode.h"
#include "text/words.h"

namespace naru {

namespace {

// Weights of query terms, chosen on tydiqa-ko and told in docs/decisions/0003-analyzer.md. A syllable bigram weighs 1.
// The word as a whole says the same once more, and the more bigrams it has the less it adds: 0.7 shared by their
// number.
constexpr float kWholeWordWeight = 0.7F;
// "2019년" beside "2019".
constexpr float kCounterWeight = 0.5F;

// ---- words to terms -----------------------------------------------------------------------------------------------

enum class Purpose { index, query, query_of_stop_words };

enum class Share : std::uint8_t { own, repeated };

// What a query or a phrase wants to know of a term.
struct TermNote {
  float weight = 1;
  Share share = Share::own;  // repeated: the word as a whole beside its bigrams, no part of a phrase
};

// Makes the terms of words. A query leaves out what only asks, and weighs; a text lists all. `notes`, where there are
// any, get one for each term.
class TermMaker {
 public:
  TermMaker(std::string_view text, Purpose purpose, PlacedTerms& terms, std::vector<TermNote>* notes)
      : text_(text), purpose_(purpose), terms_(terms), notes_(notes) {}

  // A word of ASCII letters alone.
  void add_plain(std::string_view word) {
    folded_ = word;
    for (char& c : folded_) c = static_cast<char>(c | 0x20);  // ASCII: a small letter has this bit more
    add_latin(folded_, StopWords::drop);
    ++position_;
  }

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

 private:
  enum class StopWords : std::uint8_t { drop, keep };

  static bool is_alphanumeric(const Piece& piece) {
    return piece.script == Script::latin || piece.script == Script::digit;
  }
  std::string_view text_of(const Piece& piece) const { return text_.substr(piece.start, piece.end - piece.start); }

  void add(std::string_view term, TermNote note = {}) {
    term = term.substr(0, whole_characters(term, kTermBytesMax));
    if (term.empty()) return;
    terms_.terms.push_back(term);
    terms_.positions.push_back(position_);
    if (notes_ != nullptr) notes_->push_back(note);
  }

  // ---- Latin letters and digits ----

  void add_latin(std::string_view folded, StopWords what) {
    const KnownWord known = look_up_word(folded);
    if (what == StopWords::drop && purpose_ != Purpose::query_of_stop_words && known.stop) return;
    add(known.stem);
  }

  // The number that the pieces are, without its commas, or "" where they are none.
  std::string add_identifier(std::span<const Piece> pieces) {
    const std::string_view whole = text_.substr(pieces.front().start, pieces.back().end - pieces.front().start);
    std::string folded = fold_accents(case_fold(whole));
    if (pieces.size() == 1 && pieces.front().script == Script::latin) {
      add_latin(folded, StopWords::drop);
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
        add_latin(fold_accents(case_fold(text_of(piece))), StopWords::keep);
      } else {
        add(text_of(piece));
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
      add(number + std::string(word.substr(0, first)), {weigh(kCounterWeight)});
      if (rest.empty() || is_particle(rest)) return;  // "년" alone is in every text
    }
    if (purpose_ == Purpose::query && is_question_word(word)) return;
    const std::string_view bare = without_particle(word);
    const std::size_t bigrams = add_bigrams(bare);
    if (bigrams > 1) {
      add(bare, {weigh(kWholeWordWeight / static_cast<float>(bigrams)), Share::repeated});
    } else if (bigrams == 1) {
      add_two_syllables(bare);
    }
  }

  // "집은" may be a word of one syllable with its particle; "나이" is one that only looks so.
  void add_two_syllables(std::string_view word) {
    const std::size_t first = syllable_bytes(word);
    const bool whole = !is_particle(word.substr(first));
    if (whole) add(std::string(kWholeMark).append(word), {weigh(kWholeWordWeight), Share::repeated});
    else add(word.substr(0, first), {1, Share::repeated});
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
      add(word.substr(start, end - start));
      start = middle;
      middle = end;
    }
    if (pairs == 0) add(word);
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
  PlacedTerms& terms_;
  std::vector<TermNote>* const notes_;  // may be null
  std::string folded_;
  std::uint32_t position_ = 0;  // words before this one
};

// `text` is composed. What `terms` and `notes` held is gone.
void make_terms(std::string_view text, Purpose purpose, PlacedTerms& terms, std::vector<TermNote>* notes) {
  terms.terms.clear();
  terms.positions.clear();
  if (notes != nullptr) notes->clear();
  TermMaker maker(text, purpose, terms, notes);
  WordReader words(text);
  std::vector<Piece> pieces;
  while (true) {
    if (const std::string_view plain = words.next_plain(); !plain.empty()) {
      maker.add_plain(plain);
    } else if (words.next(pieces)) {
      maker.add_word(pieces);
    } else {
      return;
    }
  }
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
  PlacedTerms made;
  std::vector<TermNote> notes;
  make_terms(nfc(text), Purpose::index, made, &notes);
  std::vector<PhraseTerm> phrase;
  std::uint32_t first = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    if (notes[i].share == Share::repeated) continue;
    if (phrase.empty()) first = made.positions[i];
    phrase.push_back({std::string(made.terms[i]), made.positions[i] - first});
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
  if (!term.starts_with(prefix)) return term == look_up_word(prefix).stem;  // "retrieval" is kept as "retriev"
  std::size_t at = 0;
  if (!is_hangul(next_code_point(term, at)) || at == term.size()) return true;
  const std::string_view rest = term.substr(at);
  return !is_one_hangul(rest) || is_particle(rest);
}

std::vector<std::string> prefix_ranges(std::string_view prefix) {
  if (prefix.empty()) return {};
  std::vector<std::string> ranges = {std::string(prefix)};
  if (has_hangul(prefix)) ranges.push_back(std::string(kWholeMark).append(prefix));
  const std::string_view stemmed = look_up_word(prefix).stem;
  if (!stemmed.starts_with(prefix)) ranges.emplace_back(stemmed);
  return ranges;
}

void analyze_places(std::string_view text, PlacedTerms& terms) {
  std::string composed;
  make_terms(nfc(text, composed), Purpose::index, terms, nullptr);
}

PlacedTerms analyze_places(std::string_view text) {
  PlacedTerms terms;
  analyze_places(text, terms);
  return terms;
}

std::vector<std::string> analyze(std::string_view text) { return analyze_places(text).terms.strings(); }

std::vector<QueryTerm> analyze_query(std::string_view query) {
  std::string room;
  const std::string_view composed = nfc(query, room);
  PlacedTerms made;
  std::vector<TermNote> notes;
  make_terms(composed, Purpose::query, made, &notes);
  if (notes.empty()) make_terms(composed, Purpose::query_of_stop_words, made, &notes);  // "to be or not to be"
  std::vector<QueryTerm> distinct;
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const auto [it, fresh] = places.emplace(made.terms[i], distinct.size());
    if (fresh) {
      distinct.push_back({std::string(made.terms[i]), notes[i].weight});
    } else {
      distinct[it->second].weight += notes[i].weight;
    }
  }
  return distinct;
}

}  // namespace naru
