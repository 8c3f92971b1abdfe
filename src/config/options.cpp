#include "config/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "config/suggest.h"
#include "runtime/files.h"

namespace naru {

namespace {

// A key or a password; a larger file was named by mistake.
constexpr std::uint64_t kSecretBytesMax = 64 << 10;

// "secret" and "env" are the longest that are known; a longer word is no slip of one.
constexpr std::size_t kReferenceKindBytesMax = 10;

std::string_view type_name(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "a text";
    case OptionType::integer:
      return "a whole number";
    case OptionType::number:
      return "a number";
    case OptionType::boolean:
      return "true or false";
    case OptionType::text_list:
      return "a list of texts";
  }
  return "a value";
}

std::string number_text(double number) {
  return number == std::floor(number) && std::abs(number) < 1e15 ? fmt::format("{}", static_cast<std::int64_t>(number))
                                                                 : fmt::format("{}", number);
}

// Reads one value; a problem goes to `diagnostics`.
class ValueReader {
 public:
  ValueReader(const OptionSpec& spec, std::vector<Diagnostic>& diagnostics) : spec_(spec), diagnostics_(diagnostics) {}

  std::optional<OptionValue> read(const YamlNode& node) {
    switch (spec_.type) {
      case OptionType::text: {
        if (node.kind != YamlNode::Kind::scalar) return wrong_type(node);
        if (!check_text(node)) return std::nullopt;
        return OptionValue(node.text);
      }
      case OptionType::text_list:
        return read_list(node);
      case OptionType::boolean: {
        if (node.kind == YamlNode::Kind::scalar && !node.quoted) {
          if (node.text == "true") return OptionValue(true);
          if (node.text == "false") return OptionValue(false);
        }
        return wrong_type(node);
      }
      case OptionType::integer:
        return read_integer(node);
      case OptionType::number:
        return read_number(node);
    }
    return std::nullopt;
  }

 private:
  std::optional<OptionValue> read_list(const YamlNode& node) {
    std::vector<std::string> list;
    if (node.kind == YamlNode::Kind::scalar) {  // one is a list of one
      if (!check_text(node)) return std::nullopt;
      list.push_back(node.text);
      return OptionValue(std::move(list));
    }
    if (node.kind != YamlNode::Kind::list) return wrong_type(node);
    bool good = true;
    for (const YamlNode& item : node.items) {
      if (item.kind != YamlNode::Kind::scalar) {
        wrong_type(item);
        good = false;
      } else {
        good = check_text(item) && good;
        list.push_back(item.text);
      }
    }
    if (!good) return std::nullopt;
    return OptionValue(std::move(list));
  }

  std::optional<OptionValue> read_integer(const YamlNode& node) {
    std::int64_t value = 0;
    if (node.kind != YamlNode::Kind::scalar || node.quoted || !parse(node.text, value)) return wrong_type(node);
    if (!check_range(node, static_cast<double>(value))) return std::nullopt;
    return OptionValue(value);
  }

  std::optional<OptionValue> read_number(const YamlNode& node) {
    double value = 0;
    if (node.kind != YamlNode::Kind::scalar || node.quoted || !parse(node.text, value) || !std::isfinite(value)) {
      return wrong_type(node);
    }
    if (!check_range(node, value)) return std::nullopt;
    return OptionValue(value);
  }

  template <class T>
  static bool parse(const std::string& text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }

  bool check_range(const YamlNode& node, double value) {
    const bool low = spec_.minimum && value < *spec_.minimum, high = spec_.maximum && value > *spec_.maximum;
    if (!low && !high) return true;
    std::string range;
    if (spec_.minimum && spec_.maximum) {
      range = fmt::format("from {} to {}", number_text(*spec_.minimum), number_text(*spec_.maximum));
    } else {
      range = low ? fmt::format("at least {}", number_text(*spec_.minimum))
                  : fmt::format("at most {}", number_text(*spec_.maximum));
    }
    diagnostics_.push_back({node.place, fmt::format("\"{}\" is {}, out of range", spec_.name, shown(node.text)),
                            fmt::format("give {}{}{}", range, spec_.unit.empty() ? "" : " ", spec_.unit)});
    return false;
  }

  bool check_text(const YamlNode& node) {
    if (const std::string problem = reference_problem(node.text); !problem.empty()) {
      diagnostics_.push_back({node.place, problem, "write ${secret:env:NAME} or ${secret:file:PATH}"});
      return false;
    }
    if (spec_.choices.empty()) return true;
    for (const std::string& choice : spec_.choices) {
      if (choice == node.text) return true;
    }
    diagnostics_.push_back({node.place, fmt::format("\"{}\" cannot be \"{}\"", spec_.name, shown(node.text)),
                            suggest(node.text, spec_.choices)});
    return false;
  }

  std::nullopt_t wrong_type(const YamlNode& node) {
    std::string suggestion;
    if (node.kind == YamlNode::Kind::scalar && spec_.type == OptionType::boolean) {
      const std::string& text = node.text;
      if (text == "yes" || text == "on" || text == "True" || text == "TRUE") suggestion = "write true";
      if (text == "no" || text == "off" || text == "False" || text == "FALSE") suggestion = "write false";
    } else if (node.quoted && (spec_.type == OptionType::integer || spec_.type == OptionType::number)) {
      suggestion = "leave the quotes out";
    }
    const std::string_view given = node.kind == YamlNode::Kind::null   ? "an empty value"
                                   : node.kind == YamlNode::Kind::list ? "a list"
                                   : node.kind == YamlNode::Kind::map  ? "fields"
                                                                       : std::string_view();
    diagnostics_.push_back({node.place,
                            fmt::format("\"{}\" must be {}, not {}", spec_.name, type_name(spec_.type),
                                        given.empty() ? fmt::format("\"{}\"", shown(node.text)) : std::string(given)),
                            suggestion});
    return std::nullopt;
  }

  const OptionSpec& spec_;
  std::vector<Diagnostic>& diagnostics_;
};

// The next ${…} at or after `at`: its start, its inner text; npos where there is none.
std::size_t next_reference(std::string_view text, std::size_t at, std::string_view& inner) {
  const std::size_t start = text.find("${", at);
  if (start == std::string_view::npos) return start;
  const std::size_t end = text.find('}', start);
  inner = text.substr(start + 2, end == std::string_view::npos ? end : end - start - 2);
  return start;
}

Result<std::string> look_up(std::string_view inner, const std::string& base_folder) {
  const std::size_t env = inner.find("env:");
  if (env != std::string_view::npos && (env == 0 || inner.starts_with("secret:env:"))) {
    const std::string name(inner.substr(env + 4));
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return Error(Code::not_found, fmt::format("the environment has no variable {}", name));
    return std::string(value);
  }
  const std::string named(inner.substr(std::string_view("secret:file:").size()));
  std::string path = named;
  if (path.starts_with("~/")) path = join_path(home_folder(), path.substr(2));
  if (!path.starts_with('/')) path = join_path(base_folder, path);
  Result<std::string> secret = read_file(path, kSecretBytesMax);
  if (!secret) return std::move(secret).error().with(fmt::format("the secret {}", named));
  while (secret->ends_with('\n') || secret->ends_with('\r')) secret->pop_back();
  return secret;
}

}  // namespace

std::optional<Options> check_options(const Descriptor& descriptor, const YamlNode& node, const Place& place,
                                     const std::string& what, const std::string& base_folder,
                                     std::vector<Diagnostic>& diagnostics) {
  const std::size_t before = diagnostics.size();
  Options options;
  options.place = place;
  options.base_folder = base_folder;
  std::vector<std::string> names;
  for (const OptionSpec& spec : descriptor.options) names.push_back(spec.name);
  if (node.kind != YamlNode::Kind::null && node.kind != YamlNode::Kind::map) {
    const std::string form = names.empty() ? "" : fmt::format("write {}: {{{}: …}}", descriptor.name, names[0]);
    diagnostics.push_back(
        {node.place, fmt::format("{} takes fields, not a bare value", what), names.empty() ? "remove it" : form});
    return std::nullopt;
  }
  for (const auto& [key, value] : node.fields) {
    const OptionSpec* found = nullptr;
    for (const OptionSpec& spec : descriptor.options) {
      if (spec.name == key.text) found = &spec;
    }
    if (found == nullptr) {
      diagnostics.push_back(
          {key.place, fmt::format("unknown field \"{}\" of {}", shown(key.text), what), suggest(key.text, names)});
      continue;
    }
    if (auto read = ValueReader(*found, diagnostics).read(value)) options.set(found->name, std::move(*read));
  }
  for (const OptionSpec& spec : descriptor.options) {
    if (node.find(spec.name) != nullptr) continue;
    if (spec.fallback) {
      options.set(spec.name, *spec.fallback);
    } else if (!spec.optional) {
      diagnostics.push_back(
          {place, fmt::format("{} needs the field \"{}\"", what, spec.name),
           descriptor.examples.empty() ? spec.summary : "for example " + descriptor.examples.front()});
    }
  }
  if (diagnostics.size() != before) return std::nullopt;
  return options;
}

std::string reference_problem(std::string_view text) {
  std::string_view inner;
  for (std::size_t at = 0; (at = next_reference(text, at, inner)) != std::string_view::npos; at += 2) {
    if (text.find('}', at) == std::string_view::npos) return "the reference is not closed by }";
    const auto names_one = [&](std::string_view kind) { return inner.starts_with(kind) && inner.size() > kind.size(); };
    if (names_one("env:") || names_one("secret:env:") || names_one("secret:file:")) continue;
    // Only a word before a colon is shown: what is malformed may be the secret itself.
    const std::size_t colon = inner.find(':');
    const bool named = colon != std::string_view::npos && colon > 0 && colon <= kReferenceKindBytesMax;
    return fmt::format("a reference of an unknown kind{}",
                       named ? fmt::format(", ${{{}:…}}", inner.substr(0, colon)) : "");
  }
  return {};
}

Result<std::string> resolve_references(std::string_view text, const std::string& base_folder) {
  std::string out;
  std::string_view inner;
  std::size_t done = 0;
  for (std::size_t at = 0; (at = next_reference(text, done, inner)) != std::string_view::npos;) {
    if (const std::string problem = reference_problem(text.substr(at)); !problem.empty()) {
      return Error(Code::invalid_argument, problem);
    }
    out += text.substr(done, at - done);
    out += NARU_TRY(look_up(inner, base_folder));
    done = at + inner.size() + 3;
  }
  return out + std::string(text.substr(done));
}

namespace {

void add_secrets(std::string_view text, const std::string& base_folder, std::vector<std::string>& secrets) {
  std::string_view inner;
  for (std::size_t at = 0; (at = next_reference(text, at, inner)) != std::string_view::npos; at += 2) {
    Result<std::string> value = look_up(inner, base_folder);
    if (value && !value->empty()) secrets.push_back(std::move(*value));
  }
}

}  // namespace

std::vector<std::string> secrets_of(const Options& options, const Descriptor& descriptor) {
  std::vector<std::string> secrets;
  for (const OptionSpec& spec : descriptor.options) {
    if (!options.has(spec.name)) continue;
    if (spec.type == OptionType::text) add_secrets(options.text(spec.name), options.base_folder, secrets);
    if (spec.type != OptionType::text_list) continue;
    for (const std::string& text : options.list(spec.name)) add_secrets(text, options.base_folder, secrets);
  }
  // A secret that is a part of another must not leave the rest of it.
  std::sort(secrets.begin(), secrets.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  return secrets;
}

void check_one_of(const std::vector<std::string>& names, const Options& options, const Place& place,
                  const std::string& what, std::vector<Diagnostic>& diagnostics) {
  const auto given = std::count_if(names.begin(), names.end(), [&](const auto& name) { return options.has(name); });
  if (names.empty() || given == 1) return;
  diagnostics.push_back({place, fmt::format("{} needs {} of the fields {}", what, given == 0 ? "one" : "only one",
                                            fmt::join(names, ", ")),
                         given == 0 ? "`naru discover` shows what there is" : "remove the other"});
}

Result<Options> resolve_references(const Options& options, const Descriptor& descriptor) {
  Options resolved = options;
  for (const OptionSpec& spec : descriptor.options) {
    if (!options.has(spec.name)) continue;
    if (spec.type == OptionType::text) {
      resolved.set(spec.name, NARU_TRY_AT(resolve_references(options.text(spec.name), options.base_folder),
                                          options.place.text() + ": " + spec.name));
    } else if (spec.type == OptionType::text_list) {
      std::vector<std::string> list;
      for (const std::string& text : options.list(spec.name)) {
        list.push_back(
            NARU_TRY_AT(resolve_references(text, options.base_folder), options.place.text() + ": " + spec.name));
      }
      resolved.set(spec.name, std::move(list));
    }
  }
  return resolved;
}

}  // namespace naru
