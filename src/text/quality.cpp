#include "text/quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "text/korean.h"
#include "text/language.h"
#include "text/repetition.h"
#include "text/sentences.h"
#include "text/text_shape.h"
#include "text/unicode.h"

namespace naru {

namespace {

using Limit = QualityLimit;
using Rules = QualityRules;

constexpr std::array<std::string_view, kQualityRules> kRulesNames = {"gopher", "repetition", "c4", "fineweb"};

constexpr std::array<QualityLimitInfo, kQualityLimits> kLimits = {{
    {Limit::words_min, Rules::gopher, "words_min", 50, "Words that are no signs, at least."},
    {Limit::words_max, Rules::gopher, "words_max", 100'000, "And at most."},
    {Limit::word_length_min, Rules::gopher, "word_length_min", 3, "Mean length of these words in columns, at least."},
    {Limit::word_length_max, Rules::gopher, "word_length_max", 10, "And at most."},
    {Limit::hashes_max, Rules::gopher, "hashes_max", 0.1, "Signs # for each word, at most."},
    {Limit::ellipses_max, Rules::gopher, "ellipses_max", 0.1, "Ellipses for each word, at most."},
    {Limit::bullet_lines_max, Rules::gopher, "bullet_lines_max", 0.9, "Share of lines that start with a bullet."},
    {Limit::ellipsis_lines_max, Rules::gopher, "ellipsis_lines_max", 0.3, "Share of lines that end in an ellipsis."},
    {Limit::letter_words_min, Rules::gopher, "letter_words_min", 0.8, "Share of words with a letter in them."},
    {Limit::function_words_min, Rules::gopher, "function_words_min", 2, "Different function words of the language."},
    {Limit::repeated_paragraphs_max, Rules::repetition, "repeated_paragraphs_max", 0.3,
     "Share of paragraphs that stood before."},
    {Limit::repeated_paragraph_text_max, Rules::repetition, "repeated_paragraph_text_max", 0.2,
     "The same by characters."},
    {Limit::repeated_lines_max, Rules::repetition, "repeated_lines_max", 0.3, "Share of lines that stood before."},
    {Limit::repeated_line_text_max, Rules::repetition, "repeated_line_text_max", 0.2, "The same by characters."},
    {Limit::top_2_gram_max, Rules::repetition, "top_2_gram_max", 0.2, "Share of the commonest row of 2 words."},
    {Limit::top_3_gram_max, Rules::repetition, "top_3_gram_max", 0.18, "Of 3 words."},
    {Limit::top_4_gram_max, Rules::repetition, "top_4_gram_max", 0.16, "Of 4 words."},
    {Limit::repeated_5_grams_max, Rules::repetition, "repeated_5_grams_max", 0.15,
     "Share of text in rows of 5 words that stood before."},
    {Limit::repeated_6_grams_max, Rules::repetition, "repeated_6_grams_max", 0.14, "Of 6 words."},
    {Limit::repeated_7_grams_max, Rules::repetition, "repeated_7_grams_max", 0.13, "Of 7 words."},
    {Limit::repeated_8_grams_max, Rules::repetition, "repeated_8_grams_max", 0.12, "Of 8 words."},
    {Limit::repeated_9_grams_max, Rules::repetition, "repeated_9_grams_max", 0.11, "Of 9 words."},
    {Limit::repeated_10_grams_max, Rules::repetition, "repeated_10_grams_max", 0.1, "Of 10 words."},
    {Limit::sentences_min, Rules::c4, "sentences_min", 5, "Sentences in the lines that C4 keeps."},
    {Limit::line_words_min, Rules::c4, "line_words_min", 3, "Words of a line that C4 keeps, at least."},
    {Limit::word_characters_max, Rules::c4, "word_characters_max", 1000, "Characters of a word in such a line."},
    {Limit::curly_brackets_max, Rules::c4, "curly_brackets_max", 0, "Lines with a curly bracket."},
    {Limit::lorem_ipsum_max, Rules::c4, "lorem_ipsum_max", 0, "Lines with \"lorem ipsum\"."},
    {Limit::ended_lines_min, Rules::fineweb, "ended_lines_min", 0.12, "Share of lines that end a sentence."},
    {Limit::short_lines_max, Rules::fineweb, "short_lines_max", 0.67, "Share of short lines."},
    {Limit::short_line_columns, Rules::fineweb, "short_line_columns", 30, "What is short."},
    {Limit::doubled_line_text_max, Rules::fineweb, "doubled_line_text_max", 0.01,
     "Share of characters in lines that stood before."},
    {Limit::line_breaks_max, Rules::fineweb, "line_breaks_max", 0.3, "Line breaks for each word, at most."},
}};

// The eight of Gopher's appendix.
constexpr std::array<std::string_view, 8> kEnglish = {"the", "be", "to", "of", "and", "that", "have", "with"};

// Small Korean words that stand alone, where particles are glued.
constexpr std::array<std::string_view, 16> kKorean = {"및",   "또는", "그리고", "수",   "것",   "등",   "이",   "그",
                                                      "위해", "대한", "있다",   "한다", "때", "경우", "따라", "하는"};

// How a Korean sentence or notice ends where no full stop stands behind it.
constexpr std::array<std::string_view, 9> kKoreanEnds = {"다", "요", "까", "죠", "음", "함", "임", "됨", "것"};

// What a list starts with; the last ones in Korean offices.
constexpr std::array<std::string_view, 11> kBullets = {"•", "-", "*", "·", "‣", "○", "□", "■", "▪", "※", "ㅇ"};

// Signs that end a sentence, in the scripts that are met most.
constexpr std::array<std::string_view, 13> kFullStops = {".", "?", "!", "。", "？", "！", "．",
                                                         "｡", "؟", "।", "։", "။", "።"};

// Lines that say what a web site does and not what it is about (c4_utils.py).
constexpr std::array<std::string_view, 7> kSitePhrases = {
    "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"};

template <class List>
bool ends_with_any(std::string_view text, const List& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return text.ends_with(one); });
}

template <class List>
bool starts_with_any(std::string_view text, const List& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return text.starts_with(one); });
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++count;
  return count;
}

constexpr std::string_view kBlanks = " \t\r\f\v";  // at the ends of a line
constexpr std::array<std::string_view, 2> kEllipses = {"...", "…"};

// Quotes and brackets that close behind the end of a sentence.
std::string_view without_closing(std::string_view line) {
  constexpr std::array<std::string_view, 8> kClosing = {")", "\"", "'", "”", "’", "」", "』", "]"};
  for (bool cut = true; cut;) {
    cut = false;
    for (const std::string_view one : kClosing) {
      if (!line.ends_with(one)) continue;
      line.remove_suffix(one.size());
      cut = true;
    }
  }
  return line;
}

class Judge {
 public:
  Judge(std::string_view text, const QualitySettings& settings) : settings_(settings), shape_(read_shape(text)) {
    language_ = !settings.language.empty() ? settings.language : guess_language(text);
  }

  std::optional<QualityFault> judge() {
    if (settings_.has(Rules::gopher) && gopher()) return fault_;
    if (settings_.has(Rules::repetition) && repetition()) return fault_;
    if (settings_.has(Rules::c4) && c4()) return fault_;
    if (settings_.has(Rules::fineweb) && fineweb()) return fault_;
    return std::nullopt;
  }

 private:
  // Both say whether the limit is broken, and note it.
  bool below(Limit limit, double measured) {
    if (measured >= settings_.of(limit)) return false;
    fault_ = {limit, measured, settings_.of(limit)};
    return true;
  }
  bool above(Limit limit, double measured) {
    if (measured <= settings_.of(limit)) return false;
    fault_ = {limit, measured, settings_.of(limit)};
    return true;
  }

  static double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
  double of_text(std::size_t characters) const { return share(characters, shape_.characters); }

  template <class Holds>
  static double share_of(const std::vector<std::string_view>& lines, Holds holds) {
    return share(static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), holds)), lines.size());
  }

  bool gopher() {
    const std::vector<ShapeWord>& words = shape_.words;
    std::size_t plain = 0, length = 0, with_letter = 0;
    for (const ShapeWord& word : words) {
      with_letter += word.has_letter ? 1 : 0;
      if (word.is_sign) continue;
      ++plain;
      length += word.columns;
    }
    if (below(Limit::words_min, static_cast<double>(plain))) return true;
    if (above(Limit::words_max, static_cast<double>(plain))) return true;
    if (below(Limit::word_length_min, share(length, plain))) return true;
    if (above(Limit::word_length_max, share(length, plain))) return true;
    if (above(Limit::hashes_max, share(count_of(shape_.text, "#"), words.size()))) return true;
    const std::size_t ellipses = count_of(shape_.text, kEllipses[0]) + count_of(shape_.text, kEllipses[1]);
    if (above(Limit::ellipses_max, share(ellipses, words.size()))) return true;
    const auto is_bullet = [](std::string_view line) { return starts_with_any(trim(line, kBlanks), kBullets); };
    if (above(Limit::bullet_lines_max, share_of(shape_.lines, is_bullet))) return true;
    const auto trails_off = [](std::string_view line) { return ends_with_any(trim(line, kBlanks), kEllipses); };
    if (above(Limit::ellipsis_lines_max, share_of(shape_.lines, trails_off))) return true;
    // A Korean word holds what is a word and a preposition elsewhere, so that signs are a larger share of few words.
    const std::size_t counted = language_ == "ko" ? plain : words.size();
    if (below(Limit::letter_words_min, share(with_letter, counted))) return true;
    const std::optional<std::size_t> function_words = count_function_words();
    return function_words && below(Limit::function_words_min, static_cast<double>(*function_words));
  }

  // Different ones. Nothing: of this language none are known.
  std::optional<std::size_t> count_function_words() const {
    const bool korean = language_ == "ko" && settings_.function_words.empty();
    const std::set<std::string_view> wanted = function_words();
    if (wanted.empty()) return std::nullopt;
    // Enough is enough: most texts say it in their first line.
    const auto enough = static_cast<std::size_t>(std::max(1.0, settings_.of(Limit::function_words_min)));
    std::set<std::string, std::less<>> found;
    for (const ShapeWord& word : shape_.words) {
      const std::string lower = lower_ascii(shape_.text.substr(word.start, word.end - word.start));
      if (wanted.contains(lower)) found.insert(lower);
      if (korean) {
        const std::string_view stem = without_particle(lower);
        if (stem.size() < lower.size()) found.insert(lower.substr(stem.size()));
      }
      if (found.size() >= enough) break;
    }
    return found.size();
  }

  std::set<std::string_view> function_words() const {
    if (!settings_.function_words.empty()) return {settings_.function_words.begin(), settings_.function_words.end()};
    if (language_ == "ko") return {kKorean.begin(), kKorean.end()};
    if (language_ == "en" || language_.empty()) return {kEnglish.begin(), kEnglish.end()};
    const auto common = common_words(language_);
    return {common.begin(), common.end()};
  }

  bool repetition() {
    const Repeated paragraphs = repeated(split_paragraphs());
    if (above(Limit::repeated_paragraphs_max, share(paragraphs.pieces, paragraphs_))) return true;
    if (above(Limit::repeated_paragraph_text_max, of_text(paragraphs.characters))) return true;
    std::vector<std::string_view> lines = shape_.lines;
    std::erase(lines, std::string_view());
    const Repeated repeated_lines = repeated(lines);
    if (above(Limit::repeated_lines_max, share(repeated_lines.pieces, lines.size()))) return true;
    if (above(Limit::repeated_line_text_max, of_text(repeated_lines.characters))) return true;
    return repeated_rows();
  }

  bool repeated_rows() {
    WordRows rows(shape_);
    for (std::size_t n = 2; n <= 4; ++n) {
      const auto limit = static_cast<Limit>(static_cast<std::size_t>(Limit::top_2_gram_max) + n - 2);
      if (above(limit, of_text(rows.top_characters(n)))) return true;
    }
    for (std::size_t n = 5; n <= 10; ++n) {
      const auto limit = static_cast<Limit>(static_cast<std::size_t>(Limit::repeated_5_grams_max) + n - 5);
      if (above(limit, of_text(rows.repeated_characters(n)))) return true;
    }
    return false;
  }

  // Parted by empty lines.
  std::vector<std::string_view> split_paragraphs() {
    std::vector<std::string_view> paragraphs;
    const char* start = nullptr;
    const char* end = nullptr;
    const auto finish = [&] {
      if (start != nullptr) paragraphs.emplace_back(start, static_cast<std::size_t>(end - start));
      start = nullptr;
    };
    for (const std::string_view line : shape_.lines) {
      if (line.empty()) {
        finish();
        continue;
      }
      if (start == nullptr) start = line.data();
      end = line.data() + line.size();
    }
    finish();
    paragraphs_ = paragraphs.size();
    return paragraphs;
  }

  bool c4() {
    std::size_t sentences = 0;
    const auto enough = static_cast<std::size_t>(std::max(0.0, settings_.of(Limit::sentences_min)));
    std::size_t brackets = 0, lorem = 0;
    for (const std::string_view raw : shape_.lines) {
      const std::string line = without_citations(trim(raw, kBlanks));
      if (!ends_line(line) || ends_with_any(line, kEllipses) || !has_words(trim(raw, kBlanks))) continue;
      const std::string lower = lower_ascii(line);
      const auto is_in = [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; };
      lorem += is_in("lorem ipsum") ? 1 : 0;
      if (std::any_of(kSitePhrases.begin(), kSitePhrases.end(), is_in)) continue;
      brackets += is_in("{") ? 1 : 0;
      if (sentences < enough) sentences += split_sentences(line).size();
    }
    if (above(Limit::lorem_ipsum_max, static_cast<double>(lorem))) return true;
    if (above(Limit::curly_brackets_max, static_cast<double>(brackets))) return true;
    return below(Limit::sentences_min, static_cast<double>(sentences));
  }

  // C4 also takes a quote for the end of a line.
  bool ends_line(std::string_view line) const {
    return line.ends_with('"') || line.ends_with('\'') || ends_sentence(line);
  }

  // Full stops; in Korean what closes behind them too, and the endings of verbs.
  bool ends_sentence(std::string_view line) const {
    if (ends_with_any(line, kFullStops)) return true;
    if (language_ != "ko") return false;
    const std::string_view inner = without_closing(line);
    return ends_with_any(inner, kFullStops) || ends_with_any(inner, kKoreanEnds);
  }

  // Enough words, none of them too long.
  bool has_words(std::string_view line) const {
    std::size_t words = 0, characters = 0;
    for (std::size_t at = 0; at < line.size();) {
      if (is_space(next_code_point(line, at))) {
        characters = 0;
        continue;
      }
      if (characters++ == 0) ++words;
      if (static_cast<double>(characters) > settings_.of(Limit::word_characters_max)) return false;
    }
    return static_cast<double>(words) >= settings_.of(Limit::line_words_min);
  }

  // "[12]", "[edit]", "[citation needed]" are an encyclopedia's marks and no end of a line.
  static std::string without_citations(std::string_view line) {
    std::string kept;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t open = std::min(line.find('[', at), line.size());
      kept += line.substr(at, open - at);
      if (open == line.size()) break;
      std::size_t close = line.find_first_not_of("0123456789", open + 1);
      at = open + 1;
      if (close != std::string_view::npos && line[close] == ']') {
        at = close + 1;
        continue;
      }
      for (const std::string_view mark : {"[edit]", "[citation needed]"}) {
        if (line.substr(open).starts_with(mark)) at = open + mark.size();
      }
      if (at == open + 1) kept += '[';
    }
    return kept;
  }

  bool fineweb() {
    std::vector<std::string_view> lines = shape_.lines;
    std::erase_if(lines, [](std::string_view line) { return trim(line, kBlanks).empty(); });
    const auto ends = [&](std::string_view line) { return ends_sentence(without_citations(line)); };
    if (below(Limit::ended_lines_min, share_of(lines, ends))) return true;
    const auto is_short = [&](std::string_view line) {
      return static_cast<double>(columns(line)) <= settings_.of(Limit::short_line_columns);
    };
    if (above(Limit::short_lines_max, share_of(lines, is_short))) return true;
    const std::size_t breaks = count_of(shape_.text, "\n");
    const std::size_t doubled = repeated(lines).characters;
    if (above(Limit::doubled_line_text_max, share(doubled, shape_.characters - breaks))) return true;
    return above(Limit::line_breaks_max, share(breaks, shape_.words.size()));
  }

  const QualitySettings& settings_;
  const TextShape shape_;
  std::string language_;
  QualityFault fault_{};
  std::size_t paragraphs_ = 0;
};

}  // namespace

std::string_view quality_rules_name(QualityRules rules) { return kRulesNames[static_cast<std::size_t>(rules)]; }

const std::array<QualityLimitInfo, kQualityLimits>& quality_limits() { return kLimits; }

QualitySettings::QualitySettings() {
  rules_.fill(true);
  for (const QualityLimitInfo& info : kLimits) set(info.limit, info.value);
}

std::string describe(const QualityFault& fault) {
  const std::string_view name = kLimits[static_cast<std::size_t>(fault.limit)].name;
  return fmt::format("{}: {:.4g}, {} {:g}", name, fault.measured, name.ends_with("_min") ? "at least" : "at most",
                     fault.wanted);
}

std::optional<QualityFault> judge_quality(std::string_view text, const QualitySettings& settings) {
  std::string room;
  text = nfc(text.substr(0, whole_characters(text, kQualityBytesMax)), room);
  return Judge(text, settings).judge();
}

}  // namespace naru
