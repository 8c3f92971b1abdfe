// Glob patterns over paths with '/': what include, exclude and .naruignore are written in.
//
// `*` and `?` stay within a name, `**` as a whole name stands for any number of folders, `[a-z]` and `[!a]` for one
// character, `{md,mdx}` for either. Immutable; any thread. Matching costs at most pattern times path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

class Glob {
 public:
  // Without a '/' in it the pattern is for the name in any folder. invalid_argument: says what is wrong.
  static Result<Glob> compile(std::string_view pattern);
  bool matches(std::string_view path) const;

 private:
  std::vector<std::vector<std::string>> alternatives_;  // names of the path, per way to read the braces
};

// The rules of one .naruignore, as git reads .gitignore: the last line that matches decides, `!` takes back, a '/' at
// the end means folders only, a '/' elsewhere ties the pattern to the file's folder.
class IgnoreRules {
 public:
  enum class Verdict : std::uint8_t { silent, ignore, keep };
  // Lines that are no pattern are left out; their number and reason go to `mistakes`.
  static IgnoreRules parse(std::string_view text, std::vector<std::string>* mistakes);
  Verdict judge(std::string_view path_below, bool is_folder) const;  // relative to the file's folder

 private:
  struct Rule {
    Glob glob;
    bool keep = false;
    bool folders_only = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace naru
