// ConfigReader: from the tree of naru.yaml to a Config, and every mistake on the way. check_config() alone uses it.
//
// One reading each; one thread. Its parts: config_reader.cpp (the whole, and what the parts have in common),
// read_models.cpp, read_search.cpp (`store:` and `search:`), read_telemetry.cpp, read_flows.cpp, read_steps.cpp,
// read_schedule.cpp, read_tests.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/steps.h"
#include "config/yaml.h"
#include "naru/registry.h"

namespace naru {

class ConfigReader {
 public:
  ConfigReader(const std::string& file, const std::string& folder, const Registry& registry);

  LoadedConfig read(std::string_view text);

 private:
  enum class Role { chat, embed };
  // The word of a source or step, and the node of its fields.
  struct Named {
    const YamlNode* name;
    YamlNode fields;
  };

  // A step as it was written: `config` without `from`, which has names here.
  struct ReadStep {
    StepConfig config;
    Place place;
    std::vector<std::pair<std::string, Place>> from;
  };

  void wrong(const Place& place, std::string message, std::string suggestion);
  void missing(const Place& place, std::string message, std::string suggestion);  // not where the syntax is broken
  bool one_key(const YamlNode& node, const std::string& what);
  std::optional<Named> read_named(const YamlNode& node, const std::string& what, const std::string& example);

  void read_root(const YamlNode& root);

  static std::vector<Descriptor> model_kinds(Role role);
  void read_models(const YamlNode& node);
  std::optional<ModelSpec> read_model(const YamlNode& key, const YamlNode& node, Role role);
  std::optional<ModelSpec> make_model(const Options& options, const YamlNode& fields, std::string_view kind);

  void read_store(const YamlNode& node);
  void read_search(const YamlNode& key, const YamlNode& node);
  void read_search_of(const YamlNode& key, const YamlNode& node, const std::string& what, SearchConfig& search);
  void check_searched_bases();
  void read_telemetry(const YamlNode& node);
  void read_lineage(const YamlNode& key, const YamlNode& node);
  void read_otlp(const YamlNode& key, const YamlNode& node);

  void read_flows(const YamlNode& node);
  void read_flow(const YamlNode& node, FlowConfig& flow);
  void read_tests(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_test(const YamlNode& node, FlowConfig& flow);
  bool read_given(const YamlNode& node, FlowTest& test);
  bool read_expected(const YamlNode& node, FlowTest& test);
  void read_schedule(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_sources(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_source(const YamlNode& key, const YamlNode& node, const std::string& id, FlowConfig& flow);
  void read_access(YamlNode& fields, Label& label);
  void read_reader(const YamlNode& node, Label& label);
  void read_steps(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_list(const YamlNode& node, FlowConfig& flow, std::vector<ReadStep>& steps);
  void read_graph(const YamlNode& node, FlowConfig& flow, std::vector<ReadStep>& steps);
  std::optional<StepConfig> read_step(const Named& named);
  bool put_in_order(std::vector<ReadStep>& steps);
  void check_kinds(PayloadKind source, const std::vector<ReadStep>& steps, const FlowConfig& flow);
  void check_arrivals(const Place& place, PayloadKind source, const std::vector<ReadStep>& steps,
                      const FlowConfig& flow);
  void check_arrival(const Place& place, PayloadKind source, const std::vector<StepKinds>& steps,
                     const FlowConfig& flow, const TargetConfig& to);
  std::vector<StepKinds> kinds_of(const FlowConfig& flow, const std::vector<std::size_t>& steps) const;
  void read_targets(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_target(const YamlNode& key, const YamlNode& node, FlowConfig& flow);
  void read_knowledge_base(const YamlNode& kind, const YamlNode& name, FlowConfig& flow);

  const Registry& registry_;
  LoadedConfig loaded_;
  std::vector<std::pair<std::string, Place>> searched_bases_;  // of `search: knowledge_bases:`
  bool complete_ = true;      // the syntax is whole: what is not there was not written
  bool embed_named_ = false;  // `models: embed`, even with a mistake in it
};

// What its parts have in common.
bool is_blank(const YamlNode& node);
std::string_view kind_name(const YamlNode& node);  // "a list"
template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(name);
  return names;
}
std::string name_rule();                           // how the name of a flow or a knowledge base is written
bool good_name(std::string_view name);
std::string in_folder(const std::string& folder, const std::string& path);  // `~/` and relative paths

}  // namespace naru
