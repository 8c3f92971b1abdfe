#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "config/steps.h"
#include "config/suggest.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Names stand in commands, messages and rows; a longer one is a text.
constexpr std::size_t kNameBytesMax = 128;

OptionSpec option(std::string name, OptionType type, std::string summary) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.summary = std::move(summary);
  spec.optional = true;
  return spec;
}

OptionSpec number_option(std::string name, OptionType type, std::string summary, double minimum, double maximum,
                         std::string unit = "") {
  OptionSpec spec = option(std::move(name), type, std::move(summary));
  spec.minimum = minimum;
  spec.maximum = maximum;
  spec.unit = std::move(unit);
  return spec;
}

OptionSpec required(OptionSpec spec) {
  spec.optional = false;
  return spec;
}

OptionSpec choice_option(std::string name, std::string summary, std::vector<std::string> choices) {
  OptionSpec spec = option(std::move(name), OptionType::text, std::move(summary));
  spec.choices = std::move(choices);
  return spec;
}

enum class Role { chat, embed };

// The kinds of a model, described as sources and steps are.
std::vector<Descriptor> model_kinds(Role role) {
  // Every limit is far above what models of today have; beyond it the number is a slip.
  const OptionSpec threads = number_option("threads", OptionType::integer, "0: what is free.", 0, 1024);
  const OptionSpec context = number_option("context_tokens", OptionType::integer,
                                           "How much the model sees at once; 0: its default.", 0, 1 << 20, "tokens");
  std::vector<OptionSpec> tuning = {threads};
  if (role == Role::chat) {
    tuning.push_back(context);
    tuning.push_back(number_option("streams", OptionType::integer,
                                   "How many answers `naru serve` writes at once, each with memory for its own "
                                   "context; 0: 4.", 0, 16));
  }
  if (role == Role::embed) {
    tuning.push_back(option("query_prefix", OptionType::text, "Put before each query."));
    tuning.push_back(option("passage_prefix", OptionType::text, "Put before each passage."));
  }
  Descriptor stub, local, gguf, openai;
  stub.name = "stub";
  stub.summary = "Deterministic and without weights, for trials and tests.";
  stub.examples = {"stub: {}"};
  local.name = "local";
  local.summary = "A model of the catalogue, by name or role.";
  local.options = {option("name", OptionType::text, "Of the catalogue; `default` is the default of the role.")};
  local.options.front().fallback = "default";
  local.examples = {"local: default"};
  gguf.name = "gguf";
  gguf.summary = "A model file of your own.";
  gguf.options = {required(option("path", OptionType::text, "Relative paths start at the configuration file.")),
                  option("trusted", OptionType::boolean, "Needed where the file is in no catalogue.")};
  gguf.examples = {"gguf: {path: model.gguf, trusted: true}"};
  openai.name = "openai";
  openai.summary = "An endpoint that speaks OpenAI's protocol.";
  openai.options = {required(option("url", OptionType::text, "Up to and with /v1.")),
                    required(option("model", OptionType::text, "The model's name there.")),
                    option("key", OptionType::text, "The secret of the endpoint: ${env:NAME} or ${secret:file:PATH}."),
                    number_option("timeout_seconds", OptionType::integer, "For one request.", 1, 3600, "seconds")};
  if (role == Role::embed) {
    openai.options.push_back(
        number_option("dims", OptionType::integer, "Of the vectors; asked once where absent.", 1, 1 << 16));
    openai.options.insert(openai.options.end(), tuning.begin() + 1, tuning.end());  // the prefixes
  }
  openai.options.push_back(context);  // nobody there says how much it reads
  openai.examples = {"openai: {url: http://localhost:8080/v1, model: NAME, key: ${secret:file:key.txt}}"};
  local.options.insert(local.options.end(), tuning.begin(), tuning.end());
  gguf.options.insert(gguf.options.end(), tuning.begin(), tuning.end());
  return {stub, local, gguf, openai};
}

Descriptor search_descriptor() {
  Descriptor descriptor;
  descriptor.name = "search";
  descriptor.options = {
      number_option("k1", OptionType::number, "BM25: how soon more of a term counts no more.", 0, 10),
      number_option("b", OptionType::number, "BM25: how much long passages are damped.", 0, 1),
      number_option("title_weight", OptionType::number, "Of a word in the title, beside 1 in the text; 0 unless given.",
                    0, 10),
      number_option("heading_weight", OptionType::number, "Of a word in a heading above the passage; 0 unless given.",
                    0, 10),
      number_option("file_weight", OptionType::number, "Of a word in the name of the file; 0 unless given.", 0, 10),
      number_option("vector_weight", OptionType::number, "Of the vector leg; the lexical leg has the rest.", 0, 1),
      choice_option("normalisation", "How the legs' scores are brought to one scale.", {"min_max", "z_score"}),
      option("repair", OptionType::boolean, "Words that stand nowhere are read as what was meant; true unless given."),
      option("synonyms", OptionType::text, "A file of rules, one a line: a, b, c or a => b, c."),
      option("house_terms", OptionType::text, "A file of terms that weigh more, one a line."),
      option("stop_words", OptionType::text, "A file of words to leave out of queries, one a line."),
  };
  return descriptor;
}

// What every source takes beside its own options.
std::vector<OptionSpec> label_options() {
  return {option("access", OptionType::text_list, "Who may read: user:NAME, group:NAME or everyone; absent: you."),
          choice_option("trust", "How far the text may be trusted.", {"user", "tenant", "external"})};
}

template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(name);
  return names;
}

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

class ConfigReader {
 public:
  ConfigReader(const std::string& file, const std::string& folder, const Registry& registry) : registry_(registry) {
    loaded_.config.file = file;
    loaded_.config.folder = folder;
    loaded_.config.store = join_path(folder, ".naru");
  }

  LoadedConfig read(std::string_view text) {
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

 private:
  void wrong(const Place& place, std::string message, std::string suggestion) {
    loaded_.diagnostics.push_back({place, std::move(message), std::move(suggestion)});
  }

  void missing(const Place& place, std::string message, std::string suggestion) {
    if (complete_) wrong(place, std::move(message), std::move(suggestion));
  }

  void read_root(const YamlNode& root) {
    const std::vector<std::string> known = {"models", "store", "search", "flows"};
    for (const auto& [key, value] : root.fields) {
      if (key.text == "models") {
        read_models(value);
      } else if (key.text == "store") {
        read_store(value);
      } else if (key.text == "search") {
        read_search(key, value);
      } else if (key.text != "flows") {
        wrong(key.place, fmt::format("unknown field \"{}\"", shown(key.text)), suggest(key.text, known));
      }
    }
    if (const YamlNode* flows = root.find("flows")) read_flows(*flows);  // after the models that they need
    check_searched_bases();
  }

  // ---- models -------------------------------------------------------------------------------------------------

  void read_models(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::map) {
      wrong(node.place, fmt::format("\"models\" has the fields chat and embed, not {}", kind_name(node)),
            "write models: {embed: {local: default}}");
      embed_named_ = true;  // said once
      return;
    }
    for (const auto& [key, value] : node.fields) {
      if (key.text == "chat") {
        loaded_.config.chat = read_model(key, value, Role::chat);
      } else if (key.text == "embed") {
        embed_named_ = true;
        loaded_.config.embed = read_model(key, value, Role::embed);
      } else {
        wrong(key.place, fmt::format("unknown field \"{}\" of models", shown(key.text)),
              suggest(key.text, {"chat", "embed"}));
      }
    }
  }

  std::optional<ModelSpec> read_model(const YamlNode& key, const YamlNode& node, Role role) {
    const std::vector<Descriptor> kinds = model_kinds(role);
    std::vector<std::string> names;
    for (const Descriptor& kind : kinds) names.push_back(kind.name);
    const YamlNode* name = &node;
    YamlNode fields;
    if (node.kind == YamlNode::Kind::map && !node.fields.empty()) {
      name = &node.fields.front().key;
      fields = node.fields.front().value;
    } else if (node.kind != YamlNode::Kind::scalar) {
      wrong(node.place, fmt::format("\"{}\" must name a model, not {}", key.text, kind_name(node)),
            fmt::format("write {}: {{local: default}}", key.text));
      return std::nullopt;
    }
    if (!one_key(node, fmt::format("the model \"{}\"", key.text))) return std::nullopt;
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.name == name->text; });
    if (kind == kinds.end()) {
      wrong(name->place, fmt::format("unknown kind of model \"{}\"", shown(name->text)),
            name->text.ends_with(".gguf") ? fmt::format("write {{gguf: {}}}", shown(name->text))
                                          : suggest(name->text, names));
      return std::nullopt;
    }
    // {local: NAME} and {gguf: PATH} are short for their first field.
    if (fields.kind == YamlNode::Kind::scalar && (kind->name == "local" || kind->name == "gguf")) {
      YamlNode first;
      first.kind = YamlNode::Kind::scalar;
      first.place = fields.place;
      first.text = kind->options.front().name;
      YamlNode map;
      map.kind = YamlNode::Kind::map;
      map.place = fields.place;
      map.fields.push_back({std::move(first), std::move(fields)});
      fields = std::move(map);
    }
    const auto options = check_options(*kind, fields, name->place, fmt::format("the model \"{}\"", kind->name),
                                       loaded_.config.folder, loaded_.diagnostics);
    if (!options) return std::nullopt;
    return make_model(*options, fields, kind->name);
  }

  std::optional<ModelSpec> make_model(const Options& options, const YamlNode& fields, std::string_view kind) {
    ModelSpec spec;
    spec.place = options.place;
    const auto text = [&](std::string_view name, std::string& to) {
      if (options.has(name)) to = options.text(name);
    };
    const auto count = [&](std::string_view name, std::uint32_t& to) {
      if (options.has(name)) to = static_cast<std::uint32_t>(options.integer(name));
    };
    spec.kind = kind == "stub"    ? ModelSpec::Kind::stub
                : kind == "local" ? ModelSpec::Kind::local
                : kind == "gguf"  ? ModelSpec::Kind::gguf
                                  : ModelSpec::Kind::openai;
    text("name", spec.name);
    text("path", spec.path);
    text("url", spec.url);
    text("model", spec.model);
    text("key", spec.key);
    text("query_prefix", spec.query_prefix);
    text("passage_prefix", spec.passage_prefix);
    count("context_tokens", spec.context_tokens);
    count("threads", spec.threads);
    count("streams", spec.streams);
    count("dims", spec.dims);
    if (options.has("trusted")) spec.trusted = options.boolean("trusted");
    if (options.has("timeout_seconds")) {
      spec.timeout_ms = static_cast<std::uint32_t>(options.integer("timeout_seconds") * 1000);
    }
    bool good = true;
    for (const std::string_view name : {"name", "path", "url", "model"}) {
      const YamlNode* field = fields.find(name);
      if (field == nullptr || !options.text(name).empty()) continue;
      wrong(field->place, fmt::format("\"{}\" is empty", name), "give it or remove it");
      good = false;
    }
    const bool reference = spec.url.starts_with("${");
    if (good && spec.kind == ModelSpec::Kind::openai && !reference && !spec.url.starts_with("http://") &&
        !spec.url.starts_with("https://")) {
      wrong(fields.find("url")->place, "\"url\" must begin with http:// or https://",
            "for example http://localhost:8080/v1");
      good = false;
    }
    while (spec.url.ends_with('/')) spec.url.pop_back();
    if (!spec.path.empty() && !spec.path.starts_with("${")) spec.path = in_folder(loaded_.config.folder, spec.path);
    if (!good) return std::nullopt;
    return spec;
  }

  // A map that stands for one thing has one key; anything else is mostly a wrong indentation.
  bool one_key(const YamlNode& node, const std::string& what) {
    if (node.fields.size() <= 1) return true;
    const YamlNode& first = node.fields[0].key;
    const YamlNode& second = node.fields[1].key;
    wrong(second.place,
          fmt::format("{} has one name; \"{}\" stands beside \"{}\"", what, shown(second.text), shown(first.text)),
          fmt::format("indent it below \"{}\", or remove one", shown(first.text)));
    return false;
  }

  // ---- store and search ---------------------------------------------------------------------------------------

  void read_store(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
      wrong(node.place,
            fmt::format("\"store\" must be a folder, not {}",
                        node.kind == YamlNode::Kind::scalar ? "an empty text" : kind_name(node)),
            "leave it out for .naru beside this file");
    } else if (node.text.find("${") != std::string::npos) {
      wrong(node.place, "\"store\" takes no references", "write the folder, or give --config its own file");
    } else {
      loaded_.config.store = in_folder(loaded_.config.folder, node.text);
    }
  }

  void read_search(const YamlNode& key, const YamlNode& node) {
    YamlNode own = node;  // without what is said of single knowledge bases
    std::optional<YamlNode> bases;
    for (auto it = own.fields.begin(); it != own.fields.end(); ++it) {
      if (it->key.text != "knowledge_bases") continue;
      bases = std::move(it->value);
      own.fields.erase(it);
      break;
    }
    if (!bases || !own.fields.empty()) read_search_of(key, own, "\"search\"", loaded_.config.search);
    if (!bases) return;
    if (bases->kind != YamlNode::Kind::map) {
      if (is_blank(*bases) && !complete_) return;
      wrong(is_blank(*bases) ? key.place : bases->place,
            fmt::format("\"knowledge_bases\" holds settings by the names of bases, not {}", kind_name(*bases)),
            "for example knowledge_bases: {handbook: {vector_weight: 0.6}}");
      return;
    }
    for (const auto& [name, settings] : bases->fields) {
      searched_bases_.emplace_back(nfc(name.text), name.place);
      SearchConfig& search = loaded_.config.searches.emplace(nfc(name.text), loaded_.config.search).first->second;
      read_search_of(name, settings, fmt::format("\"search\" of {}", shown(name.text)), search);
    }
  }

  // Settings for a knowledge base that no flow fills are a slip of its name.
  void check_searched_bases() {
    std::vector<std::string> known;
    for (const FlowConfig& flow : loaded_.config.flows) known.push_back(flow.knowledge_base);
    for (const auto& [name, place] : searched_bases_) {
      if (std::find(known.begin(), known.end(), name) != known.end() || known.empty()) continue;
      wrong(place, fmt::format("no flow fills the knowledge base \"{}\"", shown(name)), suggest(name, known));
    }
  }

  void read_search_of(const YamlNode& key, const YamlNode& node, const std::string& what, SearchConfig& search) {
    const auto options =
        check_options(search_descriptor(), node, key.place, what, loaded_.config.folder, loaded_.diagnostics);
    if (!options) return;
    if (options->has("k1")) search.k1 = options->number("k1");
    if (options->has("b")) search.b = options->number("b");
    if (options->has("title_weight")) search.title_weight = options->number("title_weight");
    if (options->has("heading_weight")) search.heading_weight = options->number("heading_weight");
    if (options->has("file_weight")) search.file_weight = options->number("file_weight");
    for (const char* name : {"normalisation", "vector_weight"}) {
      if (const YamlNode* value = node.find(name)) search.fusion_place = value->place;
    }
    if (options->has("vector_weight")) search.vector_weight = options->number("vector_weight");
    if (options->has("normalisation")) search.normalisation = options->text("normalisation");
    if (options->has("repair")) search.repair = options->boolean("repair");
    const auto file = [&](const char* name, std::optional<NamedFile>& named) {
      if (!options->has(name)) return;
      const YamlNode* value = node.find(name);
      named = {in_folder(loaded_.config.folder, options->text(name)), value != nullptr ? value->place : key.place};
    };
    file("synonyms", search.synonyms);
    file("house_terms", search.house_terms);
    file("stop_words", search.stop_words);
  }

  // ---- flows --------------------------------------------------------------------------------------------------

  void read_flows(const YamlNode& node) {
    if (is_blank(node)) {
      missing(node.place, "\"flows\" holds no flow", "give one, or remove the line");
      return;
    }
    if (node.kind != YamlNode::Kind::map) {
      wrong(node.place, fmt::format("\"flows\" holds flows by their names, not {}", kind_name(node)),
            "write flows: {NAME: {source: …, steps: …, target: …}}");
      return;
    }
    std::set<std::string> composed;
    for (const auto& [key, value] : node.fields) {
      FlowConfig flow;
      flow.name = nfc(key.text);
      flow.place = key.place;
      if (!good_name(flow.name)) {
        wrong(key.place, fmt::format("\"{}\" is no name for a flow", shown(key.text)), name_rule());
      }
      // Equal bytes were reported where they were read.
      const bool written_before = !composed.insert(flow.name).second;
      if (written_before && node.find(key.text) == &value) {
        wrong(key.place, fmt::format("the flow \"{}\" stands twice, once decomposed", shown(flow.name)),
              "keep one of them");
      }
      read_flow(value, flow);
      loaded_.config.flows.push_back(std::move(flow));
    }
  }

  void read_flow(const YamlNode& node, FlowConfig& flow) {
    const std::string what = fmt::format("the flow \"{}\"", shown(flow.name));
    if (node.kind != YamlNode::Kind::map) {
      if (is_blank(node) && !complete_) return;
      wrong(is_blank(node) ? flow.place : node.place,
            fmt::format("{} has the fields source, steps and target, not {}", what, kind_name(node)),
            "indent them below its name");
      return;
    }
    const std::vector<std::string> known = {"source", "steps", "target"};
    for (const auto& [key, value] : node.fields) {
      if (key.text == "source") {
        read_source(key, value, flow);
      } else if (key.text == "steps") {
        read_steps(key, value, flow);
      } else if (key.text == "target") {
        read_target(key, value, flow);
      } else {
        wrong(key.place, fmt::format("unknown field \"{}\" of {}", shown(key.text), what), suggest(key.text, known));
      }
    }
    const std::array<std::pair<std::string_view, std::string_view>, 3> examples = {{
        {"source", "source: {folder: {path: docs}}"},
        {"steps", "steps: [parse, chunk, embed]"},
        {"target", "target: {knowledge_base: NAME}"},
    }};
    for (const auto& [field, example] : examples) {
      if (node.find(field) != nullptr) continue;
      missing(flow.place, fmt::format("{} needs the field \"{}\"", what, field),
              fmt::format("for example {}", example));
    }
  }

  // The word of a source or step, and the node of its fields; nothing where it has no such form.
  struct Named {
    const YamlNode* name;
    YamlNode fields;
  };
  std::optional<Named> read_named(const YamlNode& node, const std::string& what, const std::string& example) {
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

  void read_source(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
    auto named = read_named(node, "a source", "source: {folder: {path: docs}}");
    if (!named) return;
    const Registry::SourceEntry* entry = registry_.source(named->name->text);
    if (entry == nullptr) {
      wrong(named->name->place, fmt::format("unknown source \"{}\"", shown(named->name->text)),
            suggest(named->name->text, names_of(registry_.sources())));
      return;
    }
    read_access(named->fields, flow);
    Descriptor descriptor = entry->descriptor;
    for (OptionSpec& spec : label_options()) descriptor.options.push_back(std::move(spec));
    const Place& place = named->name->place.line > 0 ? named->name->place : key.place;
    auto options = check_options(descriptor, named->fields, place, fmt::format("the source \"{}\"", descriptor.name),
                                 loaded_.config.folder, loaded_.diagnostics);
    if (!options) return;
    if (options->has("trust")) {
      const std::string& trust = options->text("trust");
      flow.label.trust = trust == "user" ? Trust::user : trust == "external" ? Trust::external : Trust::tenant;
    }
    flow.source = {descriptor.name, own_options(*options, entry->descriptor)};
  }

  // Without what belongs to the label: a source gets exactly what it described.
  static Options own_options(const Options& checked, const Descriptor& descriptor) {
    Options own;
    own.place = checked.place;
    own.base_folder = checked.base_folder;
    for (const OptionSpec& spec : descriptor.options) {
      if (!checked.has(spec.name)) continue;
      switch (spec.type) {
        case OptionType::text:
          own.set(spec.name, checked.text(spec.name));
          break;
        case OptionType::integer:
          own.set(spec.name, checked.integer(spec.name));
          break;
        case OptionType::number:
          own.set(spec.name, checked.number(spec.name));
          break;
        case OptionType::boolean:
          own.set(spec.name, checked.boolean(spec.name));
          break;
        case OptionType::text_list:
          own.set(spec.name, checked.list(spec.name));
          break;
      }
    }
    return own;
  }

  // Takes `access` out of the fields: its entries have their own places and mistakes.
  void read_access(YamlNode& fields, FlowConfig& flow) {
    const auto found = std::find_if(fields.fields.begin(), fields.fields.end(),
                                    [](const auto& field) { return field.key.text == "access"; });
    if (found == fields.fields.end()) return;
    const YamlNode node = std::move(found->value);
    fields.fields.erase(found);
    if (node.kind == YamlNode::Kind::scalar) read_reader(node, flow);
    if (node.kind == YamlNode::Kind::list) {
      for (const YamlNode& item : node.items) read_reader(item, flow);
    }
    if (node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::map) {
      wrong(node.place, fmt::format("\"access\" is a list of who may read, not {}", kind_name(node)),
            "for example access: [group:staff]; leave it out for yourself alone");
    }
    std::sort(flow.label.access.begin(), flow.label.access.end());
    flow.label.access.erase(std::unique(flow.label.access.begin(), flow.label.access.end()), flow.label.access.end());
  }

  void read_reader(const YamlNode& node, FlowConfig& flow) {
    // `group: staff` with a blank is a map to YAML.
    if (node.kind == YamlNode::Kind::map && node.fields.size() == 1 &&
        node.fields[0].value.kind == YamlNode::Kind::scalar) {
      const auto& [kind, name] = node.fields[0];
      wrong(kind.place, fmt::format("\"{}: {}\" is not one word", shown(kind.text), shown(name.text)),
            fmt::format("write {}:{} without the blank", shown(kind.text), shown(name.text)));
      return;
    }
    if (node.kind != YamlNode::Kind::scalar) {
      wrong(node.place, fmt::format("who may read is a text, not {}", kind_name(node)), "for example group:staff");
      return;
    }
    const std::string text = nfc(node.text);
    const std::size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon), name = colon == std::string::npos ? "" : text.substr(colon + 1);
    const bool plain = name.find_first_of(" \t\r\n,${}") == std::string::npos;
    if (text == "everyone" || ((kind == "user" || kind == "group") && !name.empty() && plain)) {
      flow.label.access.push_back(text);
      return;
    }
    std::string suggestion = "write user:NAME, group:NAME or everyone";
    if (text == "all" || text == "public" || text == "*" || text == "anyone") suggestion = "write everyone";
    if (!name.empty() && plain && kind != "user" && kind != "group") {
      const std::string near = nearest_word(kind, {"user", "group"});
      if (!near.empty()) suggestion = fmt::format("did you mean \"{}:{}\"?", near, shown(name));
    }
    wrong(node.place, fmt::format("\"{}\" names nobody", shown(text)), suggestion);
  }

  void read_steps(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
    if (node.kind != YamlNode::Kind::list) {
      if (is_blank(node) && !complete_) return;
      wrong(is_blank(node) ? key.place : node.place, fmt::format("\"steps\" is a list, not {}", kind_name(node)),
            "write each step on its own line after \"- \"");
      return;
    }
    std::vector<std::string> names;
    std::vector<Place> places;
    bool known = true;
    for (const YamlNode& item : node.items) {
      auto named = read_named(item, "a step", "- parse");
      known = known && named.has_value();
      if (named) known = read_step(*named, flow, names, places) && known;
    }
    // An unknown word may be meant as the very step that is missing.
    if (!known || !complete_) return;
    for (const StepProblem& problem : step_problems(names)) {
      wrong(places[problem.step], problem.message, problem.suggestion);
    }
    if (std::find(names.begin(), names.end(), "chunk") == names.end() &&
        std::find(names.begin(), names.end(), "embed") == names.end()) {
      wrong(key.place, fmt::format("the steps of \"{}\" make no passages, so nothing could be found", shown(flow.name)),
            "add `chunk` after `parse`");
    }
  }

  // Whether the step is one that we know; a mistake in its options does not spoil the order.
  bool read_step(const Named& named, FlowConfig& flow, std::vector<std::string>& names, std::vector<Place>& places) {
    const std::string& name = named.name->text;
    const Place& place = named.name->place;
    const Registry::OperatorEntry* entry = registry_.find_operator(name);
    if (entry == nullptr) {
      wrong(place, fmt::format("unknown step \"{}\"", shown(name)), suggest(name, names_of(registry_.operators())));
      return false;
    }
    names.push_back(name);
    places.push_back(place);
    if (name == "embed" && !embed_named_) {
      missing(place, "`embed` needs a model", "add models: {embed: {local: default}}");
    }
    auto options = check_options(entry->descriptor, named.fields, place, fmt::format("the step \"{}\"", name),
                                 loaded_.config.folder, loaded_.diagnostics);
    if (options) flow.steps.push_back({name, std::move(*options)});
    return true;
  }

  void read_target(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
    const std::string example = "target: {knowledge_base: NAME}";
    if (node.kind != YamlNode::Kind::map || node.fields.empty()) {
      if (is_blank(node) && !complete_) return;
      wrong(is_blank(node) ? key.place : node.place, fmt::format("\"target\" has one field, not {}", kind_name(node)),
            "for example " + example);
      return;
    }
    if (!one_key(node, "a target")) return;
    const auto& [kind, name] = node.fields.front();
    if (kind.text != "knowledge_base") {
      wrong(kind.place, fmt::format("unknown target \"{}\"", shown(kind.text)), suggest(kind.text, {"knowledge_base"}));
      return;
    }
    if (name.kind != YamlNode::Kind::scalar) {
      if (is_blank(name) && !complete_) return;
      wrong(is_blank(name) ? kind.place : name.place,
            fmt::format("\"knowledge_base\" must be a name, not {}", kind_name(name)), "for example " + example);
      return;
    }
    flow.knowledge_base = nfc(name.text);
    if (!good_name(flow.knowledge_base)) {
      wrong(name.place, fmt::format("\"{}\" is no name for a knowledge base", shown(name.text)), name_rule());
    }
  }

  const Registry& registry_;
  LoadedConfig loaded_;
  std::vector<std::pair<std::string, Place>> searched_bases_;  // of `search: knowledge_bases:`
  bool complete_ = true;      // the syntax is whole: what is not there was not written
  bool embed_named_ = false;  // `models: embed`, even with a mistake in it
};

}  // namespace

const FlowConfig* Config::flow(std::string_view name) const {
  const std::string composed = nfc(name);
  for (const FlowConfig& flow : flows) {
    if (flow.name == composed) return &flow;
  }
  return nullptr;
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
