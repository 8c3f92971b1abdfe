#include "text/language.h"

#include <array>
#include <unordered_map>

#include "text/unicode.h"

namespace naru {

namespace {

struct Words {
  std::string_view language;
  std::array<std::string_view, 16> words;
};

constexpr std::array<Words, 8> kLatinWords = {{
    {"en",
     {"the", "and", "of", "to", "is", "that", "for", "with", "this", "are", "was", "you", "be", "from", "by", "not"}},
    {"de",
     {"der", "und", "die", "das", "ist", "nicht", "ein", "eine", "mit", "auf", "den", "von", "zu", "für", "im",
      "auch"}},
    {"fr",
     {"le", "les", "et", "des", "est", "dans", "une", "pour", "que", "qui", "pas", "sur", "avec", "du", "au", "ce"}},
    {"es", {"el", "los", "las", "y", "del", "una", "por", "con", "para", "que", "se", "su", "es", "como", "más", "al"}},
    {"it",
     {"il", "di", "che", "della", "per", "una", "sono", "con", "non", "gli", "nel", "è", "anche", "alla", "dei", "le"}},
    {"pt", {"o", "os", "um", "uma", "não", "para", "com", "que", "do", "da", "em", "são", "mais", "ao", "dos", "é"}},
    {"nl",
     {"het", "een", "van", "en", "niet", "zijn", "dat", "voor", "met", "op", "te", "ook", "de", "aan", "er", "bij"}},
    {"pl", {"i", "w", "nie", "na", "się", "że", "do", "jest", "to", "jak", "z", "po", "przez", "dla", "od", "są"}},
}};

// Fewer letters than this say nothing; a share of one word in twelve is what running text of a language shows at least.
constexpr std::size_t kLettersMin = 3;
constexpr std::size_t kWordsPerHit = 12;

}  // namespace

std::span<const std::string_view> common_words(std::string_view language) {
  for (const Words& one : kLatinWords) {
    if (one.language == language) return one.words;
  }
  return {};
}

std::string guess_language(std::string_view text) {
  std::size_t hangul = 0, han = 0, kana = 0, cyrillic = 0, arabic = 0, hebrew = 0, greek = 0, thai = 0, latin = 0;
  std::size_t devanagari = 0, words = 0;
  std::array<std::size_t, kLatinWords.size()> hits{};
  static const std::unordered_multimap<std::string_view, std::size_t> known = [] {
    std::unordered_multimap<std::string_view, std::size_t> map;
    for (std::size_t i = 0; i < kLatinWords.size(); ++i) {
      for (const std::string_view word : kLatinWords[i].words) map.emplace(word, i);
    }
    return map;
  }();
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    ++words;
    const auto [first, last] = known.equal_range(word);
    for (auto it = first; it != last; ++it) ++hits[it->second];
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool latin_letter = (c < 0x80 && ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) || (c >= 0xc0 && c <= 0x24f);
    if (latin_letter) {
      ++latin;
      if (word.size() < 16) append_utf8(word, c < 0x80 ? (c | 0x20) : c);
      continue;
    }
    end_word();
    if (c < 0x370) continue;
    if (is_hangul(c))
      ++hangul;
    else if (is_kana(c))
      ++kana;
    else if (is_han(c))
      ++han;
    else if (c <= 0x3ff)
      ++greek;
    else if (c <= 0x52f)
      ++cyrillic;
    else if (c >= 0x590 && c <= 0x5ff)
      ++hebrew;
    else if (c >= 0x600 && c <= 0x6ff)
      ++arabic;
    else if (c >= 0x900 && c <= 0x97f)
      ++devanagari;
    else if (c >= 0xe00 && c <= 0xe7f)
      ++thai;
  }
  end_word();
  // A syllable says as much as two or three letters: Korean with English terms in it is Korean.
  if (hangul >= kLettersMin && hangul * 3 >= latin) return "ko";
  if (kana >= kLettersMin && (kana + han) * 3 >= latin) return "ja";
  if (han >= kLettersMin && han * 3 >= latin) return "zh";
  for (const auto& [count, language] : {std::pair{cyrillic, "ru"}, std::pair{arabic, "ar"}, std::pair{hebrew, "he"},
                                        std::pair{greek, "el"}, std::pair{thai, "th"}, std::pair{devanagari, "hi"}}) {
    if (count >= kLettersMin && count > latin) return language;
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < hits.size(); ++i) {
    if (hits[i] > hits[best]) best = i;
  }
  if (hits[best] == 0 || hits[best] * kWordsPerHit < words) return "";
  return std::string(kLatinWords[best].language);
}

}  // namespace naru
