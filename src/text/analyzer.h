// The analyzer: text to index terms, Korean-aware, without a dictionary.
//
// NFC. A Hangul word loses its particle and gives its syllable bigrams and itself; Latin letters glued to a particle
// ("Sphinx를") are split from it; Latin words lose case, accents, endings, and stop words are dropped; identifiers,
// acronyms and numbers stay whole, a number also with the counter behind it ("2019년"). Pure functions; any thread. The
// output is written to disk: a change that alters it must bump kAnalyzerVersion.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/term_list.h"

namespace naru {

inline constexpr std::uint32_t kAnalyzerVersion = 2;

// Longer terms are cut: nobody searches for them, and a term dictionary must not be grown by base64.
inline constexpr std::size_t kTermBytesMax = 64;

// A word of two syllables is also a bigram of longer words; as a whole it has this in front, which no text's word has.
inline constexpr std::string_view kWholeMark = "=";

// The parts of a document that are indexed apart from each other. The order is written to disk.
enum class Field : std::uint8_t { body, title, heading, name };
inline constexpr std::size_t kFields = 4;

// One weighted query term, after analysis.
struct QueryTerm {
  std::string term;
  float weight = 1.0F;
  Field field = Field::body;  // where it is looked for
};

// Terms in order, repeats included: their count is the length that BM25 uses.
std::vector<std::string> analyze(std::string_view text);

// The same terms with the place of each: the number of its word, from 0. Words that give no term are counted too
// ("state of the art": state 0, art 3), all terms of one word share its number, and in a run of Han or kana, which is
// no word, each pair has its own. So a phrase analysed alone has the distances of a text. Places never go back.
struct PlacedTerms {
  TermList terms;
  std::vector<std::uint32_t> positions;  // of each
};
PlacedTerms analyze_places(std::string_view text);
// Into `terms`, whose memory is used again: for text after text.
void analyze_places(std::string_view text, PlacedTerms& terms);

// A term of a phrase and its distance from the phrase's first, in places of analyze_places().
struct PhraseTerm {
  std::string term;
  std::uint32_t offset = 0;
  bool operator==(const PhraseTerm&) const = default;
};

// What stands in a text where the phrase was typed in it, in order of distance. Of a Hangul word only the bigrams
// count, so that it is found as a part of a longer word and with any particle. Empty: only stop words and marks.
std::vector<PhraseTerm> analyze_phrase(std::string_view text);

// The slow truth about a phrase: does it occur among the terms of a text?
bool phrase_occurs(std::span<const PhraseTerm> phrase, const PlacedTerms& text);

// The front of words to look for: folded as terms are. Empty where the text is not one piece of one script.
std::string analyze_prefix(std::string_view text);

// Terms that stand for a word that begins so. A pair of syllables is a part of longer words too and stands for a word
// only where it is marked as one, or where its second syllable may be a particle ("집은").
bool term_begins_with(std::string_view term, std::string_view prefix);

// The fronts that all terms have for which term_begins_with() holds.
std::vector<std::string> prefix_ranges(std::string_view prefix);

// Distinct terms of a query, weights added up. Question words ("무엇인가요", "where") are left out unless there is
// nothing else.
std::vector<QueryTerm> analyze_query(std::string_view query);

}  // namespace naru
