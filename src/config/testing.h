// A registry as the program has one, with what the tests of this module need of it: config/ stands below the sources
// and steps. Tests only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/options.h"
#include "naru/registry.h"

namespace naru::testing {

inline OptionSpec option(std::string name, OptionType type, std::optional<OptionValue> fallback) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.fallback = std::move(fallback);
  return spec;
}

inline void add_step(Registry& registry, std::string name, std::vector<OptionSpec> options = {},
                     std::vector<PayloadKind> takes = {PayloadKind::document}, std::optional<PayloadKind> gives = {}) {
  Descriptor descriptor;
  descriptor.takes = std::move(takes);
  descriptor.gives = gives;
  descriptor.name = std::move(name);
  descriptor.options = std::move(options);
  registry.add_operator(std::move(descriptor), [](const Options&, const OperatorContext&) {
    return Result<std::unique_ptr<Operator>>(Error(Code::unsupported, "a step of a test"));
  });
}

inline void add_source(Registry& registry, std::string name, std::vector<OptionSpec> options, std::string example,
                       std::optional<PayloadKind> gives = {}) {
  Descriptor descriptor;
  descriptor.gives = gives;
  descriptor.name = std::move(name);
  descriptor.options = std::move(options);
  descriptor.examples = {std::move(example)};
  registry.add_source(std::move(descriptor), [](const Options&) {
    return Result<std::unique_ptr<Source>>(Error(Code::unsupported, "a source of a test"));
  });
}

inline void add_target(Registry& registry, std::string name, std::vector<OptionSpec> options,
                       std::vector<PayloadKind> takes) {
  Descriptor descriptor;
  descriptor.name = std::move(name);
  descriptor.options = std::move(options);
  descriptor.takes = std::move(takes);
  descriptor.guarantee = "none: a target of a test";
  registry.add_target(std::move(descriptor), [](const Options&, const TargetContext&) {
    return Result<std::unique_ptr<Target>>(Error(Code::unsupported, "a target of a test"));
  });
}

// Sources folder and jsonl, steps parse, chunk, embed, redact and filter, target jsonl.
inline Registry registry() {
  Registry made;
  OptionSpec max_bytes = option("max_bytes", OptionType::integer, std::int64_t{1} << 28);
  max_bytes.minimum = 1;
  OptionSpec poll = option("poll_seconds", OptionType::integer, std::int64_t{30});
  poll.minimum = 1;
  poll.maximum = 86400;
  poll.unit = "seconds";
  add_source(
      made, "folder",
      {option("path", OptionType::text, {}), option("include", OptionType::text_list, std::vector<std::string>{}),
       option("watch", OptionType::boolean, false), option("hidden", OptionType::boolean, false), max_bytes, poll},
      "folder: {path: docs}");
  add_source(made, "jsonl", {option("path", OptionType::text, {}), option("id", OptionType::text, "_id")},
             "jsonl: {path: corpus.jsonl}", PayloadKind::row);
  OptionSpec max_tokens = option("max_tokens", OptionType::integer, std::int64_t{256});
  max_tokens.minimum = 16;
  max_tokens.maximum = 8192;
  max_tokens.unit = "tokens";
  OptionSpec min_tokens = option("min_tokens", OptionType::integer, {});
  min_tokens.optional = true;
  add_step(made, "parse", {option("web_text", OptionType::text, std::string("auto"))},
           {PayloadKind::bytes, PayloadKind::row}, PayloadKind::document);
  add_step(made, "chunk", {max_tokens, min_tokens}, {PayloadKind::document}, PayloadKind::chunk);
  add_step(made, "embed", {}, {PayloadKind::chunk}, PayloadKind::chunk);
  add_step(made, "redact");
  add_step(made, "filter", {}, {PayloadKind::row, PayloadKind::document, PayloadKind::chunk});
  add_target(made, "jsonl", {option("path", OptionType::text, {})},
             {PayloadKind::row, PayloadKind::document, PayloadKind::chunk});
  return made;
}

// What is wrong with what a source or step says of itself: every example must validate, every option be explained.
inline std::vector<std::string> descriptor_problems(const Descriptor& descriptor) {
  std::vector<std::string> problems;
  const auto wrong = [&](const std::string& what) { problems.push_back(descriptor.name + ": " + what); };
  if (descriptor.summary.empty() || descriptor.summary.find('\n') != std::string::npos) wrong("summary of one line");
  if (descriptor.examples.empty()) wrong("no example");
  for (const OptionSpec& spec : descriptor.options) {
    if (spec.summary.empty()) wrong("no summary of " + spec.name);
    if (!spec.fallback) continue;
    const std::size_t type = spec.fallback->index();  // the variant's order is not the enum's
    const bool fits = (spec.type == OptionType::text && type == 0) || (spec.type == OptionType::integer && type == 1) ||
                      (spec.type == OptionType::number && type <= 2 && type >= 1) ||
                      (spec.type == OptionType::boolean && type == 3) ||
                      (spec.type == OptionType::text_list && type == 4);
    if (!fits) wrong("the default of " + spec.name + " has another type");
  }
  for (const std::string& example : descriptor.examples) {
    std::vector<Diagnostic> told;
    const YamlNode node = parse_yaml(example, example, told);
    const bool bare = node.kind == YamlNode::Kind::scalar && node.text == descriptor.name;
    const bool map =
        node.kind == YamlNode::Kind::map && node.fields.size() == 1 && node.fields[0].key.text == descriptor.name;
    if (!bare && !map) {
      wrong("is no form of it: " + example);
      continue;
    }
    (void)check_options(descriptor, map ? node.fields[0].value : YamlNode(), node.place, descriptor.name, "/", told);
    for (const Diagnostic& one : told) wrong(one.text());
  }
  return problems;
}

}  // namespace naru::testing
