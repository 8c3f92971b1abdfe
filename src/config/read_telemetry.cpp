// `telemetry:`: who else hears of runs, and where.
#include <fmt/format.h>

#include "config/config_reader.h"
#include "config/option_specs.h"
#include "config/suggest.h"

namespace naru {

namespace {

Descriptor lineage_descriptor() {
  Descriptor descriptor;
  descriptor.name = "openlineage";
  descriptor.options = {
      option("url", OptionType::text, "Where events are posted, the whole address."),
      option("key", OptionType::text, "The secret of the address: ${env:NAME} or ${secret:file:PATH}."),
      option("file", OptionType::text, "Instead: a file that events are appended to, one a line."),
      option("namespace", OptionType::text, "Of the jobs; naru unless given."),
  };
  return descriptor;
}

Descriptor otlp_descriptor() {
  Descriptor descriptor;
  descriptor.name = "otlp";
  descriptor.options = {
      required(option("endpoint", OptionType::text, "Of the collector, without /v1/traces.")),
      option("key", OptionType::text, "The secret of the collector: ${env:NAME} or ${secret:file:PATH}."),
  };
  descriptor.examples = {"otlp: {endpoint: http://localhost:4318}"};
  return descriptor;
}

bool is_address(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("${");
}

}  // namespace

void ConfigReader::read_telemetry(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::map) {
    wrong(node.place, fmt::format("\"telemetry\" has the fields openlineage and otlp, not {}", kind_name(node)),
          "write telemetry: {otlp: {endpoint: http://localhost:4318}}");
    return;
  }
  for (const auto& [key, value] : node.fields) {
    if (key.text == "openlineage") {
      read_lineage(key, value);
    } else if (key.text == "otlp") {
      read_otlp(key, value);
    } else {
      wrong(key.place, fmt::format("unknown field \"{}\" of telemetry", shown(key.text)),
            suggest(key.text, {"openlineage", "otlp"}));
    }
  }
}

void ConfigReader::read_lineage(const YamlNode& key, const YamlNode& node) {
  const auto options = check_options(lineage_descriptor(), node, key.place, "\"openlineage\"", loaded_.config.folder,
                                     loaded_.diagnostics);
  if (!options) return;
  const std::size_t before = loaded_.diagnostics.size();
  if (options->has("url") == options->has("file")) {
    wrong(key.place, "\"openlineage\" leads to an address or to a file: give \"url\" or \"file\"",
          "for example openlineage: {file: lineage.jsonl}");
  }
  const auto text = [&](const char* name) { return options->has(name) ? options->text(name) : std::string(); };
  const auto place = [&](const char* name) { return node.find(name)->place; };
  if (options->has("url") && !is_address(text("url"))) {
    wrong(place("url"), "\"url\" must begin with http:// or https://",
          "for example http://localhost:5000/api/v1/lineage");
  }
  for (const char* name : {"file", "namespace"}) {
    if (!options->has(name)) continue;
    const std::string given = text(name);
    if (given.empty()) wrong(place(name), fmt::format("\"{}\" is empty", name), "give it or remove it");
    if (given.find("${") != std::string::npos) {
      wrong(place(name), fmt::format("\"{}\" takes no references", name), "write it out");
    }
  }
  if (options->has("key") && options->has("file")) {
    wrong(place("key"), "a file needs no \"key\"", "remove it");
  }
  if (loaded_.diagnostics.size() != before) return;
  LineageConfig& lineage = loaded_.config.telemetry.openlineage.emplace();
  lineage.url = text("url");
  lineage.key = text("key");
  if (options->has("file")) lineage.file = in_folder(loaded_.config.folder, text("file"));
  if (options->has("namespace")) lineage.job_namespace = text("namespace");
  lineage.place = options->place;
}

void ConfigReader::read_otlp(const YamlNode& key, const YamlNode& node) {
  const auto options =
      check_options(otlp_descriptor(), node, key.place, "\"otlp\"", loaded_.config.folder, loaded_.diagnostics);
  if (!options) return;
  if (!is_address(options->text("endpoint"))) {
    wrong(node.find("endpoint")->place, "\"endpoint\" must begin with http:// or https://",
          "for example http://localhost:4318");
    return;
  }
  OtlpConfig& otlp = loaded_.config.telemetry.otlp.emplace();
  otlp.endpoint = options->text("endpoint");
  if (options->has("key")) otlp.key = options->text("key");
  otlp.place = options->place;
}

}  // namespace naru
