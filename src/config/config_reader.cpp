#include "config/config_reader.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "config/suggest.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Names stand in commands, messages and rows; a longer one is a text.
constexpr std::size_t kNameBytesMax = 128;

}  // namespace

bool is_blank(const YamlNode& node) { return node.kind == YamlNode::Kind::null; }

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "an empty value";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "fields";
  }
  return "a value";
}

std::string name_rule() {
  return fmt::format("write letters, digits, Hangul, - _ . (none of - . first), at most {} bytes", kNameBytesMax);
}

bool good_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name.front() == '-' || name.front() == '.') return false;
  for (std::size_t at = 0; at < name.size();) {
    const char32_t c = next_code_point(name, at);
    const bool ascii = c < 0x80 && (is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.');
    if (!ascii && !is_hangul(c)) return false;
  }
  return true;
}

std::string in_folder(const std::string& folder, const std::string& path) {
  if (path.starts_with("~/")) return join_path(home_folder(), path.substr(2));
  return path.starts_with('/') ? path : join_path(folder, path);
}

ConfigReader::ConfigReader(const std::string& file, const std::string& folder, const Registry& registry)
    : registry_(registry) {
  loaded_.config.file = file;
  loaded_.config.folder = folder;
  loaded_.config.store = join_path(folder, ".naru");
}

LoadedConfig ConfigReader::read(std::string_view text) {
  const YamlNode root = parse_yaml(text, loaded_.config.file, loaded_.diagnostics);
  const bool well_formed = loaded_.diagnostics.empty();
  // What could be read is checked too, but after broken syntax nothing is missed: it may stand below.
  complete_ = well_formed;
  if (is_blank(root)) {
    if (well_formed) wrong({loaded_.config.file, 1, 1}, "the file is empty", "`naru init` writes one with comments");
  } else if (root.kind != YamlNode::Kind::map) {
    wrong(root.place, fmt::format("a configuration has fields, not {}", kind_name(root)),
          "begin with models: or flows:");
  } else {
    read_root(root);
  }
  std::multimap<std::pair<int, int>, Diagnostic> sorted;  // by place; of one place as they were found
  for (Diagnostic& told : loaded_.diagnostics) {
    const std::pair<int, int> place(told.place.line, told.place.column);
    sorted.emplace(place, std::move(told));
  }
  loaded_.diagnostics.clear();
  for (auto& [place, told] : sorted) loaded_.diagnostics.push_back(std::move(told));
  return std::move(loaded_);
}

void ConfigReader::wrong(const Place& place, std::string message, std::string suggestion) {
  loaded_.diagnostics.push_back({place, std::move(message), std::move(suggestion)});
}

void ConfigReader::missing(const Place& place, std::string message, std::string suggestion) {
  if (complete_) wrong(place, std::move(message), std::move(suggestion));
}

void ConfigReader::read_root(const YamlNode& root) {
  const std::vector<std::string> known = {"models", "store", "search", "telemetry", "flows"};
  for (const auto& [key, value] : root.fields) {
    if (key.text == "models") {
      read_models(value);
    } else if (key.text == "store") {
      read_store(value);
    } else if (key.text == "search") {
      read_search(key, value);
    } else if (key.text == "telemetry") {
      read_telemetry(value);
    } else if (key.text != "flows") {
      wrong(key.place, fmt::format("unknown field \"{}\"", shown(key.text)), suggest(key.text, known));
    }
  }
  if (const YamlNode* flows = root.find("flows")) read_flows(*flows);  // after the models that they need
  check_searched_bases();
}

// A map that stands for one thing has one key; anything else is mostly a wrong indentation.
bool ConfigReader::one_key(const YamlNode& node, const std::string& what) {
  if (node.fields.size() <= 1) return true;
  const YamlNode& first = node.fields[0].key;
  const YamlNode& second = node.fields[1].key;
  wrong(second.place,
        fmt::format("{} has one name; \"{}\" stands beside \"{}\"", what, shown(second.text), shown(first.text)),
        fmt::format("indent it below \"{}\", or remove one", shown(first.text)));
  return false;
}

// Nothing where it has no such form.
std::optional<ConfigReader::Named> ConfigReader::read_named(const YamlNode& node, const std::string& what,
                                                            const std::string& example) {
  if (node.kind == YamlNode::Kind::scalar) return Named{&node, {}};
  if (node.kind == YamlNode::Kind::map && !node.fields.empty()) {
    if (!one_key(node, what)) return std::nullopt;
    return Named{&node.fields.front().key, node.fields.front().value};
  }
  if (is_blank(node) && !complete_) return std::nullopt;
  wrong(node.place, fmt::format("{} is a name, or a name with fields, not {}", what, kind_name(node)),
        "for example " + example);
  return std::nullopt;
}

}  // namespace naru
