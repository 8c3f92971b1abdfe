#include "app/syntax.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/suggest.h"

namespace naru {

namespace {

constexpr std::string_view kEverywhere = "Everywhere";

// "-k,--hits" gives "HITS": the long name where there is one.
std::string environment_name(const std::string& names) {
  const std::size_t at = names.rfind('-');
  std::size_t start = names.find("--");
  start = start == std::string::npos ? at + 1 : start + 2;
  std::string name = "NARU_";
  for (const char c : names.substr(start)) {
    if (c == ',') break;
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

}  // namespace

Syntax::Syntax(const std::string& name, const std::string& summary)
    : summary_(summary),
      app_(std::make_unique<CLI::App>(summary, "naru" + (name.empty() ? "" : " " + name))) {
  app_->get_formatter()->column_width(34);
  app_->set_help_flag();  // `naru --help` is answered by whoever knows all commands
  if (!name.empty()) app_->set_help_flag("-h,--help", "This text.")->group(std::string(kEverywhere));
}

Syntax::~Syntax() = default;

void Syntax::name_environment(CLI::Option* option, const std::string& names) const {
  if (from_environment_) option->envname(environment_name(names));
}

Syntax& Syntax::argument(const std::string& placeholder, std::string& value, const std::string& help, Need need) {
  app_->add_option(placeholder, value, help)->required(need == Need::required)->type_name("");
  return *this;
}

Syntax& Syntax::arguments(const std::string& placeholder, std::vector<std::string>& values, const std::string& help,
                          Need need) {
  app_->add_option(placeholder, values, help)->required(need == Need::required)->type_name("");
  return *this;
}

Syntax& Syntax::flag(const std::string& names, bool& value, const std::string& help) {
  name_environment(app_->add_flag(names, value, help), names);
  return *this;
}

Syntax& Syntax::typed_flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help);
  return *this;
}

Syntax& Syntax::text(const std::string& names, const std::string& placeholder, std::optional<std::string>& value,
                     const std::string& help) {
  const auto take = [&value](const std::string& given) { value = given; };
  name_environment(app_->add_option_function<std::string>(names, take, help)->type_name(placeholder), names);
  return *this;
}

Syntax& Syntax::text_or_not(const std::string& names, const std::string& placeholder,
                            std::optional<std::string>& value, const std::string& help) {
  const auto take = [&value](const std::string& given) { value = given; };
  app_->add_option_function<std::string>(names, take, help)->type_name("[" + placeholder + "]")->expected(0, 1);
  return *this;
}

Syntax& Syntax::number(const std::string& names, const std::string& placeholder, std::optional<std::uint64_t>& value,
                       std::uint64_t minimum, std::uint64_t maximum, const std::string& help) {
  const auto take = [&value, minimum, maximum, names](const std::uint64_t& given) {
    if (given < minimum || given > maximum) {
      throw CLI::ValidationError(names, fmt::format("must be between {} and {}", minimum, maximum));
    }
    value = given;
  };
  name_environment(app_->add_option_function<std::uint64_t>(names, take, help)->type_name(placeholder), names);
  return *this;
}

Syntax& Syntax::example(const std::string& line) {
  examples_.push_back(line);
  app_->footer(fmt::format("Examples:\n  {}\n", fmt::join(examples_, "\n  ")));
  return *this;
}

void Syntax::add_common(CommonOptions& options, bool from_environment) {
  from_environment_ = from_environment;
  const std::string group(kEverywhere);
  text("-C,--dir", "DIR", options.folder, "Work as if started in this folder.");
  text("--config", "FILE", options.config, "The configuration; naru.yaml of the folder unless given.");
  text("--as", "USER[,GROUP...]", options.as, "Read as this user of these groups would: --as kim,staff.");
  flag("--json", options.json, "Machine-readable results, one JSON value a line.");
  flag("--trace", options.trace, "Say on standard error what each stage did and how long it took.");
  for (const char* name : {"--dir", "--config", "--as", "--json", "--trace"}) app_->get_option(name)->group(group);
  from_environment_ = true;
}

std::vector<Described> Syntax::described() const {
  std::vector<Described> all;
  for (const CLI::Option* option : app_->get_options()) {
    Described one;
    one.help = option->get_description();
    one.everywhere = option->get_group() == kEverywhere;
    one.argument = option->nonpositional() == false;
    if (one.argument) {
      one.names = {option->get_name(true, false)};
    } else {
      for (const std::string& name : option->get_snames()) one.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) one.names.push_back("--" + name);
      one.placeholder = option->get_type_size() == 0 ? "" : option->get_type_name();
    }
    all.push_back(std::move(one));
  }
  return all;
}

Result<Parsed> Syntax::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as the library wants it
  try {
    app_->parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Parsed{app_->help()};
  } catch (const CLI::ExtrasError&) {
    return unknown(app_->remaining());
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> rest = app_->remaining();  // a mistyped flag says more than what is missing
    if (!rest.empty() && rest.front().starts_with('-')) return unknown(rest);
    return Error(Code::invalid_argument, fmt::format("{}; see `{} --help`", error.what(), app_->get_name()));
  }
  return Parsed{};
}

Result<std::vector<std::string>> Syntax::parse_leading(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app_->prefix_command();
  try {
    app_->parse(reversed);
  } catch (const CLI::ParseError& error) {
    return Error(Code::invalid_argument, fmt::format("{}; see `naru --help`", error.what()));
  }
  return app_->remaining();
}

Error Syntax::unknown(const std::vector<std::string>& rest) const {
  const std::string word = rest.empty() ? "" : rest.front();
  if (!word.starts_with('-')) {
    return {Code::invalid_argument, fmt::format("`{}` takes no further word \"{}\"; quote what belongs together, see "
                                                "`{} --help`", app_->get_name(), word, app_->get_name())};
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string flag = word.substr(0, word.find('='));
  const std::string near = nearest_word(flag, known);
  return {Code::invalid_argument,
          fmt::format("`{}` has no flag {}; {}", app_->get_name(), flag,
                      near.empty() ? fmt::format("see `{} --help`", app_->get_name())
                                   : fmt::format("did you mean {}?", near))};
}

}  // namespace naru
