#include "connector/shared/glob.h"

#include "text/unicode.h"

namespace naru {

namespace {

// Far beyond what a person writes; keeps a hostile pattern cheap.
constexpr std::size_t kPatternBytesMax = 1024;
constexpr std::size_t kAlternativesMax = 64;

Result<std::size_t> end_of_brace(std::string_view pattern, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return Error(Code::invalid_argument, "a `{` is never closed by `}`");
}

// `a{b,c}d` to `abd` and `acd`: works on a list until no brace is left.
Result<std::vector<std::string>> expand_braces(std::string_view pattern) {
  std::vector<std::string> open{std::string(pattern)}, done;
  while (!open.empty()) {
    const std::string text = std::move(open.back());
    open.pop_back();
    std::size_t brace = 0;
    while (brace < text.size() && text[brace] != '{') brace += text[brace] == '\\' ? 2 : 1;
    if (brace >= text.size()) {
      done.push_back(text);
    } else {
      const std::size_t close = NARU_TRY(end_of_brace(text, brace));
      std::size_t part = brace + 1;
      int depth = 0;
      for (std::size_t i = part; i <= close; ++i) {
        if (i < close && text[i] == '{') ++depth;
        if (i < close && text[i] == '}') --depth;
        if (i != close && (text[i] != ',' || depth != 0)) continue;
        open.push_back(text.substr(0, brace) + text.substr(part, i - part) + text.substr(close + 1));
        part = i + 1;
      }
    }
    if (open.size() + done.size() > kAlternativesMax) {
      return Error(Code::invalid_argument, "too many alternatives in braces (at most 64)");
    }
  }
  return done;
}

// One character class `[...]` at `at`; moves `at` behind it. Nothing: no closing bracket, so `[` is itself.
bool match_class(std::string_view pattern, std::size_t& at, char32_t c, bool* matched) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false, first = true;
  while (i < pattern.size() && (pattern[i] != ']' || first)) {
    first = false;
    const char32_t low = next_code_point(pattern, i);
    char32_t high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = next_code_point(pattern, i);
    }
    found |= low <= c && c <= high;
  }
  if (i >= pattern.size()) return false;
  at = i + 1;
  *matched = found != negated;
  return true;
}

// One pattern element against one character; moves both on if they match. `*` is the caller's.
bool match_one(std::string_view pattern, std::size_t& p, std::string_view name, std::size_t& n) {
  std::size_t next_name = n;
  const char32_t c = next_code_point(name, next_name);
  if (pattern[p] == '?') {
    ++p;
    n = next_name;
    return true;
  }
  bool matched = false;
  std::size_t next_pattern = p;
  if (pattern[p] == '[' && match_class(pattern, next_pattern, c, &matched)) {
    if (!matched) return false;
    p = next_pattern;
    n = next_name;
    return true;
  }
  if (pattern[p] == '\\' && p + 1 < pattern.size()) ++next_pattern;
  if (pattern[next_pattern] != name[n]) return false;  // byte by byte: equal bytes are equal characters
  p = next_pattern + 1;
  ++n;
  return true;
}

// The classical walk: after a mismatch only the last `*` takes one character more.
bool match_name(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && match_one(pattern, p, name, n)) continue;
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// The same walk over names, where `**` is the star.
bool match_path(const std::vector<std::string>& pattern, const std::vector<std::string_view>& names) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < names.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && match_name(pattern[p], names[n])) {
      ++p;
      ++n;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

template <class T>
std::vector<T> split_path(std::string_view path) {
  std::vector<T> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    names.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return names;
}

}  // namespace

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.empty()) return Error(Code::invalid_argument, "an empty pattern matches nothing");
  if (pattern.size() > kPatternBytesMax) return Error(Code::invalid_argument, "the pattern is longer than 1024 bytes");
  Glob glob;
  for (const std::string& text : NARU_TRY(expand_braces(pattern))) {
    std::string_view rest = text;
    const bool anywhere = rest.find('/') == std::string_view::npos;
    if (rest.starts_with("./")) rest.remove_prefix(2);
    if (rest.starts_with('/')) rest.remove_prefix(1);
    std::vector<std::string> names = split_path<std::string>(rest);
    if (names.empty()) return Error(Code::invalid_argument, "the pattern names nothing");
    if (anywhere) names.insert(names.begin(), "**");
    glob.alternatives_.push_back(std::move(names));
  }
  return glob;
}

bool Glob::matches(std::string_view path) const {
  const std::vector<std::string_view> names = split_path<std::string_view>(path);
  for (const auto& alternative : alternatives_) {
    if (match_path(alternative, names)) return true;
  }
  return false;
}

IgnoreRules IgnoreRules::parse(std::string_view text, std::vector<std::string>* mistakes) {
  IgnoreRules rules;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const bool keep = line.front() == '!';
    if (keep) line.remove_prefix(1);
    const bool folders_only = line.ends_with('/');
    if (folders_only) line.remove_suffix(1);
    Result<Glob> glob = Glob::compile(line);
    if (glob) {
      rules.rules_.push_back({std::move(*glob), keep, folders_only});
    } else if (mistakes != nullptr) {
      mistakes->push_back("line " + std::to_string(number) + ": " + glob.error().message());
    }
  }
  return rules;
}

IgnoreRules::Verdict IgnoreRules::judge(std::string_view path_below, bool is_folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !is_folder) continue;
    if (rule->glob.matches(path_below)) return rule->keep ? Verdict::keep : Verdict::ignore;
  }
  return Verdict::silent;
}

}  // namespace naru
