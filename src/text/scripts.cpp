#include "text/scripts.h"

#include <unicode/uscript.h>

#include <algorithm>

#include "text/unicode.h"

namespace naru {

namespace {

// A syllable or an ideograph says as much as so many letters of an alphabet: Korean paragraphs and their English
// translations (docs/decisions/0031-words-across-scripts.md).
constexpr double kLettersPerSyllable = 2.5;

// A script that is so much of what is written there is not there by chance.
constexpr double kAtHome = 0.5;

std::int32_t script_of(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
  if (U_FAILURE(status)) return USCRIPT_COMMON;
  const bool kana = script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || script == USCRIPT_KATAKANA_OR_HIRAGANA;
  return kana ? USCRIPT_HAN : script;
}

}  // namespace

ScriptShares script_shares(std::string_view text) {
  ScriptShares shares;
  double all = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!is_letter(c)) continue;
    const std::int32_t script = script_of(c);
    if (script == USCRIPT_COMMON || script == USCRIPT_INHERITED || script == USCRIPT_UNKNOWN) continue;
    const double weight = script == USCRIPT_HANGUL || script == USCRIPT_HAN ? kLettersPerSyllable : 1;
    shares[script] += weight;
    all += weight;
  }
  for (auto& [script, share] : shares) share /= all;
  return shares;
}

ScriptShares mean_shares(std::span<const ScriptShares> texts) {
  const auto count = static_cast<double>(
      std::count_if(texts.begin(), texts.end(), [](const ScriptShares& text) { return !text.empty(); }));
  ScriptShares mean;
  for (const ScriptShares& text : texts) {
    for (const auto& [script, share] : text) mean[script] += share / count;
  }
  return mean;
}

double written_as(const ScriptShares& text, const ScriptShares& others) {
  if (text.empty() || others.empty()) return 1;
  double sum = 0;
  for (const auto& [script, share] : text) {
    const auto there = others.find(script);
    if (there != others.end()) sum += share * std::min(1.0, there->second / std::min(share, kAtHome));
  }
  return std::min(1.0, sum);
}

}  // namespace naru
