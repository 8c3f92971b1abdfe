// Is a text worth learning or answering from? The heuristics of Gopher, C4 and FineWeb, with their published limits.
//
//   Gopher   J. Rae et al., Scaling Language Models, arXiv:2112.11446, appendix A.1.1 (quality), table A1 (repetition)
//   C4       C. Raffel et al., Exploring the Limits of Transfer Learning, JMLR 21 (2020), section 2.2; lines as its
//            released code counts them (tensorflow_datasets, c4_utils.py)
//   FineWeb  G. Penedo et al., The FineWeb Datasets, arXiv:2406.17557, section 3.6, with the limits of its released
//            code (datatrove's FineWebQualityFilter: 0.01 of the text in doubled lines, where the paper writes 0.1)
//
// What they count of English holds for Korean as follows. Lengths are in columns, of which a syllable takes two: a word
// of 3 to 10 letters is one of 1.5 to 5 syllables, a short line has 15 of them. Function words are particles, glued to
// the end of a word ("회사는"), and the small words that bind sentences. A line is ended by a full stop as well as by the
// ending of a verb or the noun form of notices ("…한다", "…할 것", "…있음"). The share of words with a letter leaves signs
// out. Counts of words stay as they are: 50 Korean words say what 70 English ones do (of 120,084 words of documentation
// and the 168,467 of its English). Decomposed text is composed first.
//
// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

enum class QualityRules : std::uint8_t { gopher, repetition, c4, fineweb };
inline constexpr std::size_t kQualityRules = 4;
std::string_view quality_rules_name(QualityRules rules);

// In the order in which they are tried.
enum class QualityLimit : std::uint8_t {
  words_min, words_max, word_length_min, word_length_max, hashes_max, ellipses_max, bullet_lines_max,
  ellipsis_lines_max, letter_words_min, function_words_min,
  repeated_paragraphs_max, repeated_paragraph_text_max, repeated_lines_max, repeated_line_text_max,
  top_2_gram_max, top_3_gram_max, top_4_gram_max,
  repeated_5_grams_max, repeated_6_grams_max, repeated_7_grams_max, repeated_8_grams_max, repeated_9_grams_max,
  repeated_10_grams_max,
  sentences_min, line_words_min, word_characters_max, curly_brackets_max, lorem_ipsum_max,
  ended_lines_min, short_lines_max, short_line_columns, doubled_line_text_max, line_breaks_max,
};
inline constexpr std::size_t kQualityLimits = 33;

struct QualityLimitInfo {
  QualityLimit limit;
  QualityRules rules;
  std::string_view name;  // "words_min"
  double value;           // as published
  std::string_view summary;
};
const std::array<QualityLimitInfo, kQualityLimits>& quality_limits();

class QualitySettings {
 public:
  QualitySettings();  // all rules with the published limits

  bool has(QualityRules rules) const { return rules_[static_cast<std::size_t>(rules)]; }
  void set(QualityRules rules, bool on) { rules_[static_cast<std::size_t>(rules)] = on; }
  double of(QualityLimit limit) const { return values_[static_cast<std::size_t>(limit)]; }
  void set(QualityLimit limit, double value) { values_[static_cast<std::size_t>(limit)] = value; }

  std::string language;                      // of all texts; empty: guessed for each
  std::vector<std::string> function_words;  // in lower case; empty: those of the language

 private:
  std::array<bool, kQualityRules> rules_{};
  std::array<double, kQualityLimits> values_{};
};

// The first rule that a text breaks: what was measured, and what was asked for.
struct QualityFault {
  QualityLimit limit;
  double measured = 0, wanted = 0;
  bool operator==(const QualityFault&) const = default;
};

// "words_min: 12, at least 50"
std::string describe(const QualityFault& fault);

// A longer text is judged by its beginning; 100,000 words, the most that Gopher keeps, are below a fifth of it.
inline constexpr std::size_t kQualityBytesMax = 4 << 20;

std::optional<QualityFault> judge_quality(std::string_view text, const QualitySettings& settings);

}  // namespace naru
