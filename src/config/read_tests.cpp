// `tests:` of a flow: what it should make of an item.
#include <fmt/format.h>

#include <algorithm>

#include "config/config_reader.h"
#include "config/option_specs.h"
#include "config/suggest.h"
#include "config/yaml_value.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kExample =
    "for example tests: [{name: a rule, given: {name: a.md, text: \"…\"}, expect: {passages: 1}}]";

Descriptor described(std::string name, std::vector<OptionSpec> options) {
  Descriptor descriptor;
  descriptor.name = std::move(name);
  descriptor.options = std::move(options);
  return descriptor;
}

// Takes a field out of a map; kind null: it is not there.
YamlNode take_field(YamlNode& map, std::string_view name) {
  const auto found = std::find_if(map.fields.begin(), map.fields.end(),
                                  [&](const YamlField& field) { return field.key.text == name; });
  if (found == map.fields.end()) return {};
  YamlNode node = std::move(found->value);
  if (node.kind == YamlNode::Kind::null) node.kind = YamlNode::Kind::scalar;  // `dropped:` alone
  map.fields.erase(found);
  return node;
}

}  // namespace

void ConfigReader::read_tests(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  if (node.kind != YamlNode::Kind::list) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place, fmt::format("\"tests\" is a list, not {}", kind_name(node)),
          std::string(kExample));
    return;
  }
  for (const YamlNode& item : node.items) read_test(item, flow);
}

void ConfigReader::read_test(const YamlNode& node, FlowConfig& flow) {
  if (node.kind != YamlNode::Kind::map) {
    wrong(node.place, fmt::format("a test is a map, not {}", kind_name(node)), std::string(kExample));
    return;
  }
  YamlNode fields = node;
  const YamlNode given = take_field(fields, "given"), expect = take_field(fields, "expect");
  const std::string what = fmt::format("a test of the flow \"{}\"", shown(flow.name));
  const auto options = check_options(
      described("test", {option("name", OptionType::text, "What the test promises."),
                         option("step", OptionType::text, "The step to look at; absent: the last.")}),
      fields, node.place, what, loaded_.config.folder, loaded_.diagnostics);
  if (given.kind != YamlNode::Kind::map || expect.kind != YamlNode::Kind::map) {
    missing(node.place, fmt::format("{} needs the maps \"given\" and \"expect\"", what), std::string(kExample));
    return;
  }
  if (!options) return;
  FlowTest test;
  test.place = node.place;
  test.name = options->has("name") ? options->text("name") : fmt::format("test {}", flow.tests.size() + 1);
  if (options->has("step")) test.step = options->text("step");
  if (read_given(given, test) && read_expected(expect, test)) flow.tests.push_back(std::move(test));
}

bool ConfigReader::read_given(const YamlNode& node, FlowTest& test) {
  YamlNode fields = node;
  const YamlNode row = take_field(fields, "row");
  const auto options = check_options(
      described("given", {option("name", OptionType::text, "The item's name: its ending says what it may be."),
                          option("text", OptionType::text, "The item's text."),
                          option("file", OptionType::text, "A file with the item's bytes.")}),
      fields, node.place, "\"given\"", loaded_.config.folder, loaded_.diagnostics);
  if (!options) return false;
  if (row.kind == YamlNode::Kind::map) test.row = fields_of(row);
  if (options->has("text")) test.text = options->text("text");
  if (options->has("file")) test.file = in_folder(loaded_.config.folder, options->text("file"));
  const int ways = (test.row ? 1 : 0) + (test.text ? 1 : 0) + (test.file ? 1 : 0);
  if (ways != 1 || (row.kind != YamlNode::Kind::null && !test.row)) {
    wrong(node.place, "\"given\" holds one of text, file and row, the last a map of fields",
          "for example given: {name: a.md, text: \"# Leave\"}");
    return false;
  }
  test.item = options->has("name") ? nfc(options->text("name")) : test.file ? options->text("file") : "test.txt";
  return true;
}

bool ConfigReader::read_expected(const YamlNode& node, FlowTest& test) {
  YamlNode fields = node;
  const YamlNode rows = take_field(fields, "rows"), dropped = take_field(fields, "dropped"),
                 rejected = take_field(fields, "rejected");
  const auto options = check_options(
      described("expect", {number_option("passages", OptionType::integer, "So many passages.", 0, 1e9),
                           option("contains", OptionType::text_list, "Texts that are somewhere in it."),
                           option("lacks", OptionType::text_list, "Texts that are nowhere in it.")}),
      fields, node.place, "\"expect\"", loaded_.config.folder, loaded_.diagnostics);
  if (!options) return false;
  if (options->has("passages")) test.passages = options->integer("passages");
  if (options->has("contains")) test.contains = options->list("contains");
  if (options->has("lacks")) test.lacks = options->list("lacks");
  if (dropped.kind == YamlNode::Kind::scalar) test.dropped = dropped.text;
  if (rejected.kind == YamlNode::Kind::scalar) test.rejected = rejected.text;
  bool are_rows = rows.kind == YamlNode::Kind::list;
  if (are_rows) {
    test.rows.emplace();
    for (const YamlNode& row : rows.items) {
      are_rows = are_rows && row.kind == YamlNode::Kind::map;
      test.rows->push_back(fields_of(row));
    }
  }
  if (rows.kind != YamlNode::Kind::null && !are_rows) {
    wrong(rows.place, "\"rows\" is a list of maps", "for example rows: [{id: 1, name: tea}]");
    return false;
  }
  if (!test.passages && !test.rows && test.contains.empty() && test.lacks.empty() && !test.dropped && !test.rejected) {
    wrong(node.place, "\"expect\" expects nothing",
          "write one of passages, rows, contains, lacks, dropped and rejected");
    return false;
  }
  return true;
}

}  // namespace naru
