#include "parse/pdf/hyphens.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kWordsMax = 1'000'000;  // kept of one document; a lexicon has half as many
constexpr char32_t kJointCharacter = 0xad;

bool is_of_word(char32_t c) { return is_letter(c) || is_digit(c) || c == U'-' || c == kJointCharacter; }

// Calls `use(start, end)` for each word, with the hyphens in it.
template <class Use>
void each_word(std::string_view text, Use use) {
  std::size_t start = std::string_view::npos;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const bool inside = is_of_word(next_code_point(text, at));
    if (inside && start == std::string_view::npos) start = here;
    if (!inside && start != std::string_view::npos) {
      use(start, here);
      start = std::string_view::npos;
    }
  }
  if (start != std::string_view::npos) use(start, text.size());
}

class Hyphens {
 public:
  void learn(std::string_view text) {
    each_word(text, [&](std::size_t start, std::size_t end) {
      std::string_view word = text.substr(start, end - start);
      while (word.starts_with('-')) word.remove_prefix(1);
      while (word.ends_with('-')) word.remove_suffix(1);
      if (word.empty() || word.find(kJoint) != std::string_view::npos || words_.size() >= kWordsMax) return;
      words_.insert(case_fold(word));
    });
  }

  void settle(std::string& text) const {
    if (text.find(kJoint) == std::string::npos) return;
    std::string out;
    std::size_t copied = 0;
    each_word(text, [&](std::size_t start, std::size_t end) {
      out.append(text, copied, start - copied);
      out += settled(std::string_view(text).substr(start, end - start));
      copied = end;
    });
    out.append(text, copied);
    text = std::move(out);
  }

 private:
  // One joint after the other: a narrow column may break a word twice.
  std::string settled(std::string_view word) const {
    std::string out(word);
    for (std::size_t at = out.find(kJoint); at != std::string::npos; at = out.find(kJoint, at)) {
      const bool keeps = keeps_hyphen(out, at);
      out.erase(at, kJoint.size());
      if (keeps) out.insert(at, 1, '-');
    }
    return out;
  }

  bool keeps_hyphen(std::string_view word, std::size_t at) const {
    const std::string_view left = word.substr(0, at), right = word.substr(at + kJoint.size());
    std::size_t next = 0;
    const char32_t first = right.empty() ? U' ' : next_code_point(right, next);
    const bool capital = case_fold(right.substr(0, next)) != right.substr(0, next);
    const bool shouted = std::none_of(left.begin(), left.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (is_digit(first) || (capital && !shouted)) return true;
    const std::string joined = case_fold(fmt::format("{}{}", left, right));
    const std::string hyphenated = case_fold(fmt::format("{}-{}", left, right));
    return words_.count(joined) == 0 && words_.count(hyphenated) > 0;
  }

  std::unordered_set<std::string> words_;  // folded
};

}  // namespace

void settle_hyphens(std::vector<PageBlock>& blocks) {
  const bool any = std::any_of(blocks.begin(), blocks.end(), [](const PageBlock& block) {
    return block.block.text.find(kJoint) != std::string::npos;
  });
  if (!any) return;
  Hyphens hyphens;
  for (const PageBlock& block : blocks) hyphens.learn(block.block.text);
  for (PageBlock& block : blocks) {
    hyphens.settle(block.block.text);
    for (auto& row : block.block.cells) {
      for (std::string& cell : row) hyphens.settle(cell);
    }
  }
}

}  // namespace naru::pdf
