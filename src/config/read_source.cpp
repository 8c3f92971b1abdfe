// What the sources of a flow give; a source on a command line, as naru.yaml would have it.
#include <fmt/format.h>

#include "config/config.h"
#include "config/suggest.h"

namespace naru {

namespace {

constexpr std::string_view kExample = "for example 'folder: {path: docs}'";

Error wrong(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(diagnostic.text());
  return {Code::invalid_argument, fmt::format("{}", fmt::join(lines, "\n"))};
}

}  // namespace

PayloadKind given_by_sources(const FlowConfig& flow, const Registry& registry) {
  const Registry::SourceEntry* entry = flow.sources.empty() ? nullptr : registry.source(flow.sources.front().name);
  return entry == nullptr ? PayloadKind::bytes : entry->descriptor.gives.value_or(PayloadKind::bytes);
}

Result<NamedOptions> read_source(std::string_view yaml, const std::string& folder, const Registry& registry) {
  std::vector<Diagnostic> diagnostics;
  const YamlNode root = parse_yaml(yaml, "SOURCE", diagnostics);
  if (!diagnostics.empty()) return wrong(diagnostics);
  if (root.kind != YamlNode::Kind::map || root.fields.size() != 1) {
    return Error(Code::invalid_argument, fmt::format("a source is its word and its fields, {}", kExample));
  }
  const auto& [word, fields] = root.fields.front();
  const Registry::SourceEntry* entry = registry.source(word.text);
  if (entry == nullptr) {
    std::vector<std::string> names;
    for (const auto& [name, known] : registry.sources()) names.push_back(name);
    diagnostics.push_back(
        {word.place, fmt::format("unknown source \"{}\"", shown(word.text)), suggest(word.text, names)});
    return wrong(diagnostics);
  }
  auto options = check_options(entry->descriptor, fields, word.place, fmt::format("the source \"{}\"", word.text),
                               folder, diagnostics);
  if (!options) return wrong(diagnostics);
  return NamedOptions{word.text, std::move(*options)};
}

}  // namespace naru
