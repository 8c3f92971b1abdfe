#include "parse/mail/quoting.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/unicode.h"

namespace naru::mail {

namespace {

// Behind such a line all is what was answered.
bool begins_forwarded(std::string_view line) {
  static constexpr std::array<std::string_view, 7> kMarks = {
      "-----original message", "-----forwarded message", "---------- forwarded message", "-----원본 메시지",
      "-----원본메시지",       "----- 원본 메시지",      "--------- 원본 메일"};
  const std::string folded = case_fold(line);
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) { return folded.starts_with(mark); });
}

// "On Friday, A. B. wrote:", "2024년 5월 31일 (금) 김나루 님이 작성:", which stand above what they quote.
bool introduces_quote(std::string_view line) {
  static constexpr std::array<std::string_view, 6> kEnds = {
      "wrote:", "작성:", "쓴 글:", "écrit :", "schrieb:", "escribió:"};
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return line.ends_with(end); });
}

std::string_view without_marks(std::string_view line) {
  while (line.starts_with('>') || line.starts_with(" >")) line.remove_prefix(line.front() == '>' ? 1 : 2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

std::vector<Passage> split_by_voice(std::string_view text) {
  std::vector<Passage> passages;
  const auto add = [&](Voice voice, std::string_view line) {
    if (passages.empty() || passages.back().voice != voice) passages.push_back({voice, {}});
    passages.back().text.append(line).append("\n");
  };
  Voice rest = Voice::own;  // of lines that do not say
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (line == "-- " || line == "--") rest = Voice::signature;
    if (begins_forwarded(line)) rest = Voice::quoted;
    if (line.starts_with('>') || line.starts_with(" >")) {
      add(Voice::quoted, without_marks(line));
    } else {
      add(rest == Voice::own && introduces_quote(line) ? Voice::quoted : rest, line);
    }
  }
  return passages;
}

}  // namespace naru::mail
