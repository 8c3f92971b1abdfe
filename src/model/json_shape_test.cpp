#include "model/json_shape.h"

#include <gtest/gtest.h>

#include "runtime/files.h"

namespace naru {
namespace {

constexpr const char* kSuite = "../shared/data/json-schema/draft7";

Json json(std::string_view text) {
  Result<Json> parsed = parse_json(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Json();
}

JsonShape shape(std::string_view schema) {
  Result<JsonShape> compiled = JsonShape::compile(json(schema));
  if (!compiled) return ADD_FAILURE() << compiled.error().describe(), *JsonShape::compile(Json(true));
  return std::move(*compiled);
}

std::string refusal(std::string_view schema) {
  const Result<JsonShape> compiled = JsonShape::compile(json(schema));
  return compiled ? "" : std::string(code_name(compiled.error().code())) + ": " + compiled.error().message();
}

TEST(JsonShape, LetsNothingThroughThatTheSchemaForbids) {
  const auto files = list_folder(kSuite);
  if (!files) GTEST_SKIP() << "no " << kSuite;
  std::size_t compiled_schemas = 0, checked = 0, let_through = 0, valid = 0;
  for (const std::string& file : *files) {
    const std::string path = join_path(kSuite, file);
    for (const Json& group : json(*read_file(path))) {
      const Result<JsonShape> compiled = JsonShape::compile(group["schema"]);
      if (!compiled) continue;
      ++compiled_schemas;
      EXPECT_TRUE(compiled->admits(compiled->smallest())) << group["schema"].dump();
      for (const Json& test : group["tests"]) {
        ++checked;
        valid += test["valid"].get<bool>() ? 1 : 0;
        if (!compiled->admits(test["data"])) continue;
        ++let_through;
        EXPECT_TRUE(test["valid"].get<bool>()) << path << ": " << group["schema"].dump() << " " << test["data"].dump();
      }
    }
  }
  RecordProperty("schemas", static_cast<int>(compiled_schemas));
  RecordProperty("let_through", static_cast<int>(let_through));
  EXPECT_GT(compiled_schemas, 100U);
  EXPECT_GT(let_through, valid / 3);
}

TEST(JsonShape, RefusesWhatCannotBePromisedAndSaysWhere) {
  EXPECT_EQ(refusal(R"({"type":"object","properties":{"code":{"type":"string","pattern":"^a+$"}}})"),
            "unsupported: the schema at /properties/code: \"pattern\" cannot be promised while a model writes; "
            "leave it out and check the answer");
  EXPECT_NE(refusal(R"({"not":{"type":"null"}})").find("\"not\""), std::string::npos);
  EXPECT_NE(refusal(R"({"type":"array","uniqueItems":true})").find("uniqueItems"), std::string::npos);
  EXPECT_NE(refusal(R"({"oneOf":[{"type":"integer"},{"type":"number"}]})").find("oneOf"), std::string::npos);
  EXPECT_NE(refusal(R"({"$ref":"https://example.org/a.json"})").find("leads out"), std::string::npos);
  EXPECT_NE(refusal(R"({"$ref":"#"})").find("by itself"), std::string::npos);
  EXPECT_NE(refusal(R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})").find("no finite value"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"type":"strnig"})").find("no type"), std::string::npos);
  EXPECT_NE(refusal(R"({"type":"string","maxLength":100000})").find("of more than 1000"), std::string::npos);
}

TEST(JsonShape, TakesAlternativesThatCannotBothBeMeant) {
  const JsonShape mail_or_note = shape(R"({"oneOf":[
      {"type":"object","properties":{"kind":{"const":"mail"},"to":{"type":"string"}},"required":["kind","to"]},
      {"$ref":"#/$defs/note"}],
      "$defs":{"note":{"type":"object","properties":{"kind":{"const":"note"}},"required":["kind"]}}})");
  EXPECT_TRUE(mail_or_note.admits(json(R"({"kind":"note"})")));
  EXPECT_FALSE(mail_or_note.admits(json(R"({"kind":"mail"})")));
}

TEST(JsonShape, KnowsASchemaThatHoldsItself) {
  const JsonShape tree = shape(R"({"type":"object","required":["name"],"properties":{
      "name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#"}}}})");
  EXPECT_TRUE(tree.admits(json(R"({"name":"a","children":[{"name":"b","children":[]}]})")));
  EXPECT_FALSE(tree.admits(json(R"({"name":"a","children":[{}]})")));
  EXPECT_EQ(tree.smallest(), json(R"({"name":""})"));
}

TEST(JsonShape, JoinsPartsThatAllHold) {
  const JsonShape both = shape(R"({"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},
      {"properties":{"b":{"type":"boolean"}},"required":["b"]}],"type":"object"})");
  EXPECT_TRUE(both.admits(json(R"({"a":1,"b":true})")));
  EXPECT_FALSE(both.admits(json(R"({"a":1})")));
}

TEST(JsonShape, WritesPropertiesInTheirOrderAndLeavesOutWhatMay) {
  const std::string grammar = shape(R"({"type":"object","properties":{"z":{"type":"boolean"},"a":{"type":"null"}},
      "required":["a"]})").grammar();
  EXPECT_NE(grammar.find(R"(n2-0 ::= "\"z\": " n0 n2-1-next | n2-1)"), std::string::npos) << grammar;
  EXPECT_NE(grammar.find(R"(n2-1-next ::= ", " "\"a\": " n1 n2-2-next)"), std::string::npos) << grammar;
}

TEST(JsonShape, BoundsNumbersByTheirDigits) {
  const std::string grammar = shape(R"({"type":"integer","minimum":7,"maximum":120})").grammar();
  EXPECT_NE(grammar.find("n0 ::= [7-9] | [1-9] [0-9]{1} | \"1\" [0-1] [0-9]{1} | \"120\"\n"), std::string::npos)
      << grammar;
  EXPECT_NE(shape(R"({"type":"number","minimum":0,"maximum":1})").grammar().find("n0 ::= [0-1] | \"0\" fraction\n"),
            std::string::npos);
}

}  // namespace
}  // namespace naru
