// `models:`: the models for chat and for embedding.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/config_reader.h"
#include "config/option_specs.h"
#include "config/suggest.h"

namespace naru {

// The kinds of a model, described as sources and steps are.
std::vector<Descriptor> ConfigReader::model_kinds(Role role) {
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
    openai.options.push_back(number_option("price", OptionType::number,
                                           "Of a million tokens, in whatever you pay: `naru plan --exact` says what a "
                                           "run would cost.", 0, 1e9));
    openai.options.insert(openai.options.end(), tuning.begin() + 1, tuning.end());  // the prefixes
  }
  openai.options.push_back(context);  // nobody there says how much it reads
  openai.examples = {"openai: {url: http://localhost:8080/v1, model: NAME, key: ${secret:file:key.txt}}"};
  local.options.insert(local.options.end(), tuning.begin(), tuning.end());
  gguf.options.insert(gguf.options.end(), tuning.begin(), tuning.end());
  return {stub, local, gguf, openai};
}

void ConfigReader::read_models(const YamlNode& node) {
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

std::optional<ModelSpec> ConfigReader::read_model(const YamlNode& key, const YamlNode& node, Role role) {
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

std::optional<ModelSpec> ConfigReader::make_model(const Options& options, const YamlNode& fields,
                                                  std::string_view kind) {
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
  if (options.has("price")) spec.price = options.number("price");
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

}  // namespace naru
