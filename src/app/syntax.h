// Syntax: the words, flags and arguments that one command takes, with their help. The library behind it stays in
// syntax.cpp.
//
// Targets are filled by parse() and must outlive it. Every flag can also come from the environment, where
// --accept-removals is NARU_ACCEPT_REMOVALS; what is typed wins. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/invocation.h"
#include "naru/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace naru {

enum class Need : std::uint8_t { required, optional };

// A flag or an argument as a person reads of it: for completions and the manual page.
struct Described {
  std::vector<std::string> names;  // "-k", "--hits"; of an argument its placeholder
  std::string placeholder;         // "" where the flag takes no value
  std::string help;
  bool argument = false;
  bool everywhere = false;  // of every command
};

// What parse() may end with beside an error: the person asked to read the help.
struct Parsed {
  std::optional<std::string> help;
};

class Syntax {
 public:
  using Handler = std::function<Result<int>(Invocation&)>;  // the exit code

  Syntax(const std::string& name, const std::string& summary);
  ~Syntax();
  Syntax(const Syntax&) = delete;
  Syntax& operator=(const Syntax&) = delete;

  // `placeholder` is what the help shows: "QUERY". `names`: "-k,--hits".
  Syntax& argument(const std::string& placeholder, std::string& value, const std::string& help, Need need);
  Syntax& arguments(const std::string& placeholder, std::vector<std::string>& values, const std::string& help,
                    Need need);
  Syntax& flag(const std::string& names, bool& value, const std::string& help);
  Syntax& typed_flag(const std::string& names, bool& value, const std::string& help);  // never from the environment
  Syntax& text(const std::string& names, const std::string& placeholder, std::optional<std::string>& value,
               const std::string& help);
  // A text that may be left out: the flag alone gives "". Never from the environment, where nothing can be left out.
  Syntax& text_or_not(const std::string& names, const std::string& placeholder, std::optional<std::string>& value,
                      const std::string& help);
  Syntax& number(const std::string& names, const std::string& placeholder, std::optional<std::uint64_t>& value,
                 std::uint64_t minimum, std::uint64_t maximum, const std::string& help);
  Syntax& example(const std::string& line);

  // What the command does.
  void runs(Handler handler) { handler_ = std::move(handler); }
  const Handler& handler() const { return handler_; }

  // The options of every command. `from_environment` only once, else the environment would win over what is typed.
  void add_common(CommonOptions& options, bool from_environment);

  const std::string& summary() const { return summary_; }
  std::vector<Described> described() const;  // in the order in which they were declared
  const std::vector<std::string>& examples() const { return examples_; }

  // invalid_argument: with a suggestion where a word or flag is not known.
  Result<Parsed> parse(const std::vector<std::string>& arguments);
  // As parse(), and stops at the first word that is no flag: it and what follows are returned.
  Result<std::vector<std::string>> parse_leading(const std::vector<std::string>& arguments);

 private:
  void name_environment(CLI::Option* option, const std::string& names) const;
  Error unknown(const std::vector<std::string>& rest) const;

  const std::string summary_;
  std::unique_ptr<CLI::App> app_;
  std::vector<std::string> examples_;
  Handler handler_;
  bool from_environment_ = true;
};

}  // namespace naru
