// `flows:`: each with its source or sources, who may read them, its steps and its target.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "config/config_reader.h"
#include "config/option_specs.h"
#include "config/suggest.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What every source takes beside its own options.
std::vector<OptionSpec> label_options() {
  return {option("access", OptionType::text_list, "Who may read: user:NAME, group:NAME or everyone; absent: you."),
          choice_option("trust", "How far the text may be trusted.", {"user", "tenant", "external"})};
}

// Without what belongs to the label: a source gets exactly what it described.
Options own_options(const Options& checked, const Descriptor& descriptor) {
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

// Each waits for its changes in a thread of its own.
constexpr std::size_t kSourcesMax = 16;

}  // namespace

void ConfigReader::read_flows(const YamlNode& node) {
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

void ConfigReader::read_flow(const YamlNode& node, FlowConfig& flow) {
  const std::string what = fmt::format("the flow \"{}\"", shown(flow.name));
  if (node.kind != YamlNode::Kind::map) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? flow.place : node.place,
          fmt::format("{} has the fields source, steps and target, not {}", what, kind_name(node)),
          "indent them below its name");
    return;
  }
  const std::vector<std::string> known = {"source", "sources", "steps", "target", "targets", "schedule", "tests"};
  const YamlNode* steps = nullptr;
  for (const auto& [key, value] : node.fields) {
    if (key.text == "source") {
      read_source(key, value, "", flow);
    } else if (key.text == "sources") {
      read_sources(key, value, flow);
    } else if (key.text == "target") {
      read_target(key, value, flow);
    } else if (key.text == "targets") {
      read_targets(key, value, flow);
    } else if (key.text == "schedule") {
      read_schedule(key, value, flow);
    } else if (key.text == "tests") {
      read_tests(key, value, flow);
    } else if (key.text == "steps") {
      steps = &key;
    } else {
      wrong(key.place, fmt::format("unknown field \"{}\" of {}", shown(key.text), what), suggest(key.text, known));
    }
  }
  if (node.find("target") != nullptr && node.find("targets") != nullptr) {
    wrong(flow.place, fmt::format("{} has \"target\" and \"targets\"", what), "write all of them under \"targets\"");
  }
  if (node.find("source") != nullptr && node.find("sources") != nullptr) {
    wrong(flow.place, fmt::format("{} has \"source\" and \"sources\"", what), "write all of them under \"sources\"");
  }
  std::stable_partition(flow.targets.begin(), flow.targets.end(),
                        [](const TargetConfig& target) { return !target.knowledge_base.empty(); });
  if (steps != nullptr) read_steps(*steps, *node.find("steps"), flow);  // after what they stand between
  const std::array<std::pair<std::string_view, std::string_view>, 3> examples = {{
      {"source", "source: {folder: {path: docs}}"},
      {"steps", "steps: [parse, chunk, embed]"},
      {"target", "target: {knowledge_base: NAME}"},
  }};
  for (const auto& [field, example] : examples) {
    if (node.find(field) != nullptr || (field != "steps" && node.find(fmt::format("{}s", field)) != nullptr)) continue;
    missing(flow.place, fmt::format("{} needs the field \"{}\"", what, field),
            fmt::format("for example {}", example));
  }
}

void ConfigReader::read_sources(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  const auto example = "for example sources: {orders: {csv: {path: orders.csv, id: id}}, shops: {sqlite: {…}}}";
  if (node.kind != YamlNode::Kind::map || node.fields.empty()) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place,
          fmt::format("\"sources\" holds sources by their names, not {}", kind_name(node)), example);
    return;
  }
  if (node.fields.size() > kSourcesMax) {
    wrong(key.place, fmt::format("a flow has {} sources at most, not {}", kSourcesMax, node.fields.size()),
          "make it several flows");
    return;
  }
  for (const auto& [name, source] : node.fields) {
    if (!good_name(nfc(name.text))) {
      wrong(name.place, fmt::format("\"{}\" is no name for a source", shown(name.text)), name_rule());
      continue;
    }
    read_source(name, source, nfc(name.text), flow);
    if (flow.sources.size() < 2 || flow.sources.back().id != nfc(name.text)) continue;
    FlowConfig alone;
    alone.sources = {flow.sources.back()};
    const PayloadKind first = given_by_sources(flow, registry_), other = given_by_sources(alone, registry_);
    if (first == other) continue;
    wrong(name.place, fmt::format("the source \"{}\" gives {}, and \"{}\" gives {}", shown(name.text),
                                  payload_kind_name(other), flow.sources.front().id, payload_kind_name(first)),
          "the sources of one flow give the same; make it two flows");
  }
}

void ConfigReader::read_source(const YamlNode& key, const YamlNode& node, const std::string& id, FlowConfig& flow) {
  auto named = read_named(node, "a source", "source: {folder: {path: docs}}");
  if (!named) return;
  const Registry::SourceEntry* entry = registry_.source(named->name->text);
  if (entry == nullptr) {
    wrong(named->name->place, fmt::format("unknown source \"{}\"", shown(named->name->text)),
          suggest(named->name->text, names_of(registry_.sources())));
    return;
  }
  Label label;
  read_access(named->fields, label);
  Descriptor descriptor = entry->descriptor;
  for (OptionSpec& spec : label_options()) {
    // A source may describe one itself: with a default of its own.
    const bool own = std::any_of(descriptor.options.begin(), descriptor.options.end(),
                                 [&](const OptionSpec& known) { return known.name == spec.name; });
    if (!own) descriptor.options.push_back(std::move(spec));
  }
  const Place& place = named->name->place.line > 0 ? named->name->place : key.place;
  auto options = check_options(descriptor, named->fields, place, fmt::format("the source \"{}\"", descriptor.name),
                               loaded_.config.folder, loaded_.diagnostics);
  if (!options) return;
  check_one_of(entry->one_of, *options, place, fmt::format("the source \"{}\"", descriptor.name), loaded_.diagnostics);
  if (options->has("trust")) {
    const std::string& trust = options->text("trust");
    label.trust = trust == "user" ? Trust::user : trust == "external" ? Trust::external : Trust::tenant;
  }
  flow.label = flow.sources.empty() ? label : narrowest(flow.label, label);
  flow.sources.push_back({{descriptor.name, own_options(*options, entry->descriptor)}, id});
}

// Takes `access` out of the fields: its entries have their own places and mistakes.
void ConfigReader::read_access(YamlNode& fields, Label& label) {
  const auto found = std::find_if(fields.fields.begin(), fields.fields.end(),
                                  [](const auto& field) { return field.key.text == "access"; });
  if (found == fields.fields.end()) return;
  const YamlNode node = std::move(found->value);
  fields.fields.erase(found);
  if (node.kind == YamlNode::Kind::scalar) read_reader(node, label);
  if (node.kind == YamlNode::Kind::list) {
    for (const YamlNode& item : node.items) read_reader(item, label);
  }
  if (node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::map) {
    wrong(node.place, fmt::format("\"access\" is a list of who may read, not {}", kind_name(node)),
          "for example access: [group:staff]; leave it out for yourself alone");
  }
  std::sort(label.access.begin(), label.access.end());
  label.access.erase(std::unique(label.access.begin(), label.access.end()), label.access.end());
}

void ConfigReader::read_reader(const YamlNode& node, Label& label) {
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
    label.access.push_back(text);
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

void ConfigReader::read_targets(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  if (node.kind != YamlNode::Kind::list || node.items.empty()) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place,
          fmt::format("\"targets\" is a list, not {}", node.items.empty() ? kind_name(node) : "an empty one"),
          "for example targets: [{knowledge_base: NAME}, {jsonl: {path: out.jsonl}}]");
    return;
  }
  for (const YamlNode& item : node.items) read_target(key, item, flow);
}

void ConfigReader::read_target(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  YamlNode fields = node;
  TargetConfig& to = flow.targets.emplace_back();
  to.place = key.place;
  const auto from = std::find_if(fields.fields.begin(), fields.fields.end(),
                                 [](const auto& field) { return field.key.text == "from"; });
  const bool says_from = from != fields.fields.end();
  if (says_from) {
    to.place = from->key.place;
    to.from = nfc(from->value.text);
    if (from->value.kind != YamlNode::Kind::scalar || to.from.empty()) {
      wrong(from->key.place, "\"from\" is the name of a step", "for example from: parse");
    }
    fields.fields.erase(from);
  }
  if (fields.kind != YamlNode::Kind::map || fields.fields.empty()) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place, fmt::format("\"target\" has one field, not {}", kind_name(node)),
          "for example target: {knowledge_base: NAME}");
    return;
  }
  if (!one_key(fields, "a target")) return;
  const auto& [kind, value] = fields.fields.front();
  if (!says_from) to.place = kind.place;
  const Registry::TargetEntry* entry = registry_.target(kind.text);
  if (entry != nullptr) {
    auto options = check_options(entry->descriptor, value, kind.place, fmt::format("the target \"{}\"", kind.text),
                                 loaded_.config.folder, loaded_.diagnostics);
    to.other.name = kind.text;
    if (options) to.other.options = std::move(*options);
    const auto same = std::count_if(flow.targets.begin(), flow.targets.end(), [&](const TargetConfig& other) {
      return options && other.other.name == to.other.name &&
             other.other.options.canonical() == to.other.options.canonical();
    });
    if (same > 1) wrong(kind.place, fmt::format("the target \"{}\" stands twice", kind.text), "keep one of them");
    return;
  }
  if (kind.text != "knowledge_base") {
    std::vector<std::string> targets = names_of(registry_.targets());
    targets.push_back("knowledge_base");
    wrong(kind.place, fmt::format("unknown target \"{}\"", shown(kind.text)), suggest(kind.text, targets));
    return;
  }
  if (!flow.knowledge_base.empty()) {
    wrong(kind.place, "a flow leads into one knowledge base", "write a flow of its own for the other: what was parsed "
                                                              "and embedded is not done again");
    return;
  }
  read_knowledge_base(kind, value, flow);
  to.knowledge_base = flow.knowledge_base;
}

void ConfigReader::read_knowledge_base(const YamlNode& kind, const YamlNode& name, FlowConfig& flow) {
  if (name.kind != YamlNode::Kind::scalar) {
    if (is_blank(name) && !complete_) return;
    wrong(is_blank(name) ? kind.place : name.place,
          fmt::format("\"knowledge_base\" must be a name, not {}", kind_name(name)),
          "for example target: {knowledge_base: NAME}");
    return;
  }
  flow.knowledge_base = nfc(name.text);
  if (!good_name(flow.knowledge_base)) {
    wrong(name.place, fmt::format("\"{}\" is no name for a knowledge base", shown(flow.knowledge_base)), name_rule());
  }
}

}  // namespace naru
