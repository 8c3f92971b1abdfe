// `store:` and `search:`: where the store is, and how it is searched, for all knowledge bases and for single ones.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/config_reader.h"
#include "config/option_specs.h"
#include "config/suggest.h"
#include "text/unicode.h"

namespace naru {

namespace {

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

}  // namespace

void ConfigReader::read_store(const YamlNode& node) {
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

void ConfigReader::read_search(const YamlNode& key, const YamlNode& node) {
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
void ConfigReader::check_searched_bases() {
  std::vector<std::string> known;
  for (const FlowConfig& flow : loaded_.config.flows) known.push_back(flow.knowledge_base);
  for (const auto& [name, place] : searched_bases_) {
    if (std::find(known.begin(), known.end(), name) != known.end() || known.empty()) continue;
    wrong(place, fmt::format("no flow fills the knowledge base \"{}\"", shown(name)), suggest(name, known));
  }
}

void ConfigReader::read_search_of(const YamlNode& key, const YamlNode& node, const std::string& what,
                                  SearchConfig& search) {
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

}  // namespace naru
