#include "config/suggest.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/unicode.h"

namespace naru {

namespace {

// Names of fields are short; a longer word is no slip of one, and the table below is quadratic.
constexpr std::size_t kWordBytesMax = 64;

// What fits a line of a terminal beside the rest of the message.
constexpr std::size_t kShownCharactersMax = 60;

// Half of a word may differ, but never more than three letters: beyond that a suggestion misleads.
std::size_t tolerance(std::size_t length) { return std::min<std::size_t>(3, (length + 1) / 2); }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kWordBytesMax);
  b = b.substr(0, kWordBytesMax);
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = tolerance(word.size()) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty()) return best;
  // "tokens" for "max_tokens": a part of the name was left out.
  for (const std::string& candidate : known) {
    if (word.size() >= 3 && candidate.find(word) != std::string::npos) return candidate;
  }
  return best;
}

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest_word(word, known);
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  if (known.empty()) return "remove it";
  std::string text = "known are: ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
  return text;
}

std::string shown(std::string_view text) {
  std::string line;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == kShownCharactersMax) return line + "…";
    const char32_t c = next_code_point(text, at);
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    if (control) {
      line += c == '\n' ? "\\n" : fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      append_utf8(line, c);
    }
  }
  return line;
}

}  // namespace naru
