// Config: what naru.yaml says, checked as a whole. Every mistake is found at once, each with its place.
//
// Loading opens no source, model or store; secrets are resolved only when the thing that needs them is made
// (resolve_references, here and in options.h). A plain value; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/flow_test.h"
#include "config/model_spec.h"
#include "config/options.h"
#include "config/schedule.h"
#include "config/telemetry_config.h"
#include "config/yaml.h"
#include "naru/descriptor.h"
#include "naru/record.h"
#include "naru/registry.h"
#include "naru/result.h"

namespace naru {

// A source or a step as it was written: its word and its checked options.
struct NamedOptions {
  std::string name;  // "folder", "chunk"
  Options options;
};

// What `from` calls the source of a flow, or all of them together.
inline constexpr std::string_view kSourceName = "source";

struct SourceConfig : NamedOptions {
  std::string id;  // of `sources`: what it is called there; empty: the flow has this one
};

// A step of a flow and the steps whose output it takes: all before it in FlowConfig::steps; none: the source.
struct StepConfig : NamedOptions {
  std::string id;                 // in a list of steps its word, in a graph the name that it has there
  std::vector<std::size_t> from;
  bool from_source = true;        // beside those of `from`
};

// One place where a flow leads.
struct TargetConfig {
  std::string knowledge_base;  // empty: `other`
  NamedOptions other;
  std::string from;            // the step whose output it takes, or `source`; empty: the last one
  Place place;
};

struct FlowConfig {
  std::string name;
  Place place;
  std::vector<SourceConfig> sources;  // one, or those of `sources` in their order; all of them give the same kind
  Label label;                        // `access:` and `trust:` of the source; absent: the owner only, tenant. Of
                                      // several: who may read all of them, and the least trust
  std::vector<StepConfig> steps;      // each after those that it takes from
  std::string knowledge_base;         // among its targets; empty: there is none
  std::vector<TargetConfig> targets;  // the knowledge base first
  std::optional<Schedule> schedule;   // `naru run --watch` runs it by the clock, not by what changes
  std::vector<FlowTest> tests;        // for `naru test`

  // The step whose output a target takes; none: the source's. `embed` makes what only a knowledge base keeps, so it is
  // none of those that lead elsewhere beside one.
  std::optional<std::size_t> last_step(const TargetConfig& target) const;
  // The steps on the way to one, it among them, in their order.
  std::vector<std::size_t> way_to(std::optional<std::size_t> step) const;
};

// A file that naru.yaml names: its absolute path, and where it was named.
struct NamedFile {
  std::string path;
  Place place;
};

// `search:`, the settings of retrieval: k1 and b of BM25, the weight of the vector leg and how scores are normalised,
// whether queries are repaired, and the house's word lists (text/word_lists.h).
struct SearchConfig {
  double k1 = 0.9, b = 0.4;                  // docs/decisions/0003-analyzer.md
  double title_weight = 0, heading_weight = 0, file_weight = 0;  // retrieve/retriever.h, FieldWeights
  std::optional<double> vector_weight;       // none: the default for the embedder
  std::optional<std::string> normalisation;  // "min_max" or "z_score"
  Place fusion_place;                        // of either of these
  bool repair = true;                        // docs/decisions/0012-query-language.md
  std::optional<NamedFile> synonyms, house_terms, stop_words;
};

struct Config {
  std::string file;    // as named by the person; for messages
  std::string folder;  // absolute: relative paths start here
  std::string store;   // absolute path of the store: `.naru` beside the file unless `store:` says otherwise
  std::optional<ModelSpec> embed, chat;
  SearchConfig search;
  std::map<std::string, SearchConfig> searches;  // `search: knowledge_bases:`; what is not said there is of `search`
  TelemetryConfig telemetry;
  std::vector<FlowConfig> flows;  // in file order

  const FlowConfig* flow(std::string_view name) const;  // null: no such flow
  // The settings for one knowledge base searched alone; for several together those of `search`.
  const SearchConfig& search_in(const std::optional<std::string>& knowledge_base) const;
};

// What was read and all that is wrong with it. With diagnostics the config is incomplete and must not be run.
struct LoadedConfig {
  Config config;
  std::vector<Diagnostic> diagnostics;
};

// not_found: there is no such file; io, limit_exceeded: it cannot be read. Mistakes inside are diagnostics, never
// errors.
Result<LoadedConfig> load_config(const std::string& path, const Registry& registry);

// The same from text that is already here; `file` is the name for messages, `folder` where relative paths start.
LoadedConfig check_config(std::string_view text, const std::string& file, const std::string& folder,
                          const Registry& registry);

// What the sources of a flow hand on, to all of its steps.
PayloadKind given_by_sources(const FlowConfig& flow, const Registry& registry);

// A source as it would stand in a flow, "folder: {path: docs}", for commands that take one beside a flow's name. It
// need not be complete: Registry::SourceEntry::one_of is not asked for. invalid_argument: all that is wrong, a line
// each.
Result<NamedOptions> read_source(std::string_view yaml, const std::string& folder, const Registry& registry);

// The spec with ${env:…} and ${secret:file:…} looked up, as model/ wants it: just before a model is opened. not_found:
// the variable or file is not there; the message names it and never shows a value.
Result<ModelSpec> resolve_references(const ModelSpec& spec, const std::string& base_folder);

}  // namespace naru
