#include "connector/web/robots.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "connector/web/url.h"
#include "text/unicode.h"

namespace naru::web {

namespace {

constexpr std::size_t kBytesMax = 500 << 10;  // RFC 9309, section 2.5
constexpr std::size_t kRulesMax = 10'000;     // of a group, far beyond what sites write
constexpr std::size_t kPatternMax = 2048;     // bytes; a match takes pattern times address
constexpr std::size_t kSitemapsMax = 1000;

std::string lowered(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

// "Naru/1.0 (us)" is "naru": section 2.2.1 has letters, '_' and '-'.
std::string product(std::string_view text) {
  const auto stands = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; };
  return lowered(text.substr(0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), stands) -
                                                         text.begin())));
}

std::int64_t delay_of(std::string_view seconds) {
  double value = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value <= 0) return 0;
  return static_cast<std::int64_t>(std::min(value * 1000, static_cast<double>(Robots::kDelayMsMax)));
}

// Goes back to the last star alone, so that it takes at most the product of both lengths.
bool matches(std::string_view pattern, std::string_view target) {
  const bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p == pattern.size() && (!anchored || t == target.size())) {
      return true;
    } else if (p < pattern.size() && t < target.size() && pattern[p] == target[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && from < target.size()) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
}

}  // namespace

Robots Robots::parse(std::string_view text, std::string_view agent) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = text.substr(0, kBytesMax);
  const std::string ours = product(agent);
  Robots own, everybody;
  std::vector<std::string> sitemaps;
  bool has_own = false, is_own = false, is_everybody = false, naming = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string field = lowered(trim_white_space(line.substr(0, colon)));
    const std::string_view value = trim_white_space(line.substr(colon + 1));
    if (field == "sitemap") {  // belongs to no group, and ends none
      if (sitemaps.size() < kSitemapsMax) sitemaps.emplace_back(value.substr(0, kUrlBytesMax));
      continue;
    }
    if (field == "user-agent") {  // several in a row begin one group
      if (!naming) is_own = is_everybody = false;
      naming = true;
      is_own = is_own || (!ours.empty() && product(value) == ours);
      is_everybody = is_everybody || value == "*";
      has_own = has_own || is_own;
      continue;
    }
    if (field != "allow" && field != "disallow" && field != "crawl-delay") continue;
    naming = false;
    for (Robots* group : {is_own ? &own : nullptr, is_everybody ? &everybody : nullptr}) {
      if (group == nullptr) continue;
      if (field == "crawl-delay") {
        group->delay_ms_ = delay_of(value);
      } else if (!value.empty() && group->rules_.size() < kRulesMax) {
        group->rules_.push_back({normal_escapes(value.substr(0, kPatternMax)), field == "allow"});
      }
    }
  }
  Robots& chosen = has_own ? own : everybody;
  chosen.sitemaps_ = std::move(sitemaps);
  return std::move(chosen);
}

bool Robots::allows(std::string_view target) const {
  std::size_t longest = 0;
  bool allowed = true;
  for (const Rule& rule : rules_) {
    if (rule.pattern.size() < longest || (rule.pattern.size() == longest && !rule.allow)) continue;
    if (!matches(rule.pattern, target)) continue;
    longest = rule.pattern.size();
    allowed = rule.allow;
  }
  return allowed;
}

}  // namespace naru::web
