#include "config/config.h"

#include "config/config_reader.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

const FlowConfig* Config::flow(std::string_view name) const {
  const std::string composed = nfc(name);
  for (const FlowConfig& flow : flows) {
    if (flow.name == composed) return &flow;
  }
  return nullptr;
}

std::optional<std::size_t> FlowConfig::last_step(const TargetConfig& target) const {
  if (target.from == kSourceName || steps.empty()) return std::nullopt;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].id == target.from) return i;
  }
  const bool beside = target.knowledge_base.empty() && !knowledge_base.empty();
  if (!beside || steps.back().name != "embed") return steps.size() - 1;
  return steps.back().from.empty() ? std::nullopt : std::optional(steps.back().from.back());
}

std::vector<std::size_t> FlowConfig::way_to(std::optional<std::size_t> step) const {
  std::vector<std::size_t> way;
  if (!step) return way;
  std::vector<bool> needed(*step + 1, false);
  needed[*step] = true;
  for (std::size_t i = *step + 1; i-- > 0;) {
    if (!needed[i]) continue;
    way.insert(way.begin(), i);
    for (const std::size_t from : steps[i].from) needed[from] = true;
  }
  return way;
}

const SearchConfig& Config::search_in(const std::optional<std::string>& knowledge_base) const {
  const auto own = knowledge_base ? searches.find(nfc(*knowledge_base)) : searches.end();
  return own == searches.end() ? search : own->second;
}

Result<LoadedConfig> load_config(const std::string& path, const Registry& registry) {
  const std::string text = NARU_TRY(read_file(path, kConfigBytesMax));
  const std::string whole = NARU_TRY(absolute_path(path));
  return check_config(text, path, folder_name(whole), registry);
}

LoadedConfig check_config(std::string_view text, const std::string& file, const std::string& folder,
                          const Registry& registry) {
  return ConfigReader(file, folder, registry).read(text);
}

Result<ModelSpec> resolve_references(const ModelSpec& spec, const std::string& base_folder) {
  ModelSpec resolved = spec;
  for (std::string* text : {&resolved.name, &resolved.url, &resolved.model, &resolved.key, &resolved.path}) {
    *text = NARU_TRY(resolve_references(*text, base_folder));
  }
  while (resolved.url.ends_with('/')) resolved.url.pop_back();
  if (!resolved.path.empty()) resolved.path = in_folder(base_folder, resolved.path);
  return resolved;
}

}  // namespace naru
