// For tests of the laws of operators: rows in memory, and every step that is registered, as its examples write it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/options.h"
#include "config/yaml.h"
#include "flow/testing.h"
#include "naru/registry.h"

namespace naru::testing {

// Each item a row of JSON.
class RowSource : public MemorySource {
 public:
  std::optional<Result<Row>> direct_row(const ItemContent& content) override {
    Result<Fields> fields = fields_from_json(content.bytes);
    if (!fields) return Result<Row>(std::move(fields).error());
    return Result<Row>(Row{std::move(*fields), {}});
  }
};

struct StepExample {
  std::string text;
  std::function<std::unique_ptr<Operator>()> make;
};

// Those that can be made without models or a worker, and for which `is_wanted` holds.
inline std::vector<StepExample> step_examples(const std::function<bool(const Operator&)>& is_wanted) {
  static Registry registry;
  if (registry.operators().empty()) register_operator(registry);
  std::vector<StepExample> found;
  for (const auto& [name, entry] : registry.operators()) {
    for (const std::string& text : entry.descriptor.examples) {
      std::vector<Diagnostic> wrong;
      const YamlNode node = parse_yaml(text, "example", wrong);
      const bool map = node.kind == YamlNode::Kind::map;
      const auto options = check_options(entry.descriptor, map ? node.fields[0].value : YamlNode(), node.place, name,
                                         "/", wrong);
      if (!options) continue;
      const Result<std::unique_ptr<Operator>> made = entry.make(*options, {});
      if (!made || !is_wanted(**made)) continue;
      found.push_back({text, [&entry, options = *options] { return std::move(*entry.make(options, {})); }});
    }
  }
  return found;
}

}  // namespace naru::testing
