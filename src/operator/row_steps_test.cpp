// The steps that work on fields: filter, derive, rename, select, split, explode.
#include <gtest/gtest.h>

#include "naru/registry.h"
#include "record/value_json.h"

namespace naru {
namespace {

using Lists = std::vector<std::string>;

Result<std::unique_ptr<Operator>> make(const std::string& name, const Options& options) {
  Registry registry;
  register_operator(registry);
  return registry.find_operator(name)->make(options, {});
}

Options with(std::string name, OptionValue value) {
  Options options;
  options.set(std::move(name), std::move(value));
  return options;
}

Record row(std::string_view json) {
  Record record;
  record.key = "k";
  Row made;
  made.fields = *fields_from_json(json);
  record.payload = std::move(made);
  return record;
}

// A line for each record: its fields, or "dropped: REASON".
std::string run(const std::string& name, const Options& options, std::vector<Record> records) {
  const auto step = make(name, options);
  if (!step) return step.error().message();
  const auto out = (*step)->process(std::move(records), nullptr, {});
  if (!out) return out.error().describe();
  std::string lines;
  for (const Record& record : *out) {
    if (!lines.empty()) lines += '\n';
    lines += record.drop ? "dropped: " + record.drop->reason : to_json_line(std::get<Row>(record.payload).fields);
  }
  return lines;
}

TEST(FilterStep, KeepsRowsForWhichTheConditionHolds) {
  const auto filtered = [](std::string where, std::string_view json) {
    return run("filter", with("where", std::move(where)), {row(json)}) != "dropped: where";
  };
  EXPECT_TRUE(filtered("score >= 0.5 and not draft = true", R"({"score":0.75,"draft":false})"));
  EXPECT_FALSE(filtered("score >= 0.5 and not draft = true", R"({"score":0.75,"draft":true})"));
  EXPECT_FALSE(filtered("score >= 0.5", R"({"score":"high"})"));
  EXPECT_TRUE(filtered("views > 999999", R"({"views":1000000})"));
  EXPECT_TRUE(filtered("tags = law", R"({"tags":["tax","law"]})"));
  EXPECT_TRUE(filtered("user.name prefix 김", R"({"user":{"name":"김나루"}})"));
  EXPECT_FALSE(filtered("gone exists", R"({"gone":null})"));
}

TEST(FilterStep, OfDocumentsTheirFieldsAreAsked) {
  const auto step = *make("filter", with("where", std::string("language = ko and meta.year >= 2024")));
  Batch batch(2);
  Document document;
  document.language = "ko";
  document.metadata = {{"year", "2025"}};
  batch[0].payload = document;
  document.metadata = {{"year", "2023"}};
  batch[1].payload = document;
  batch = *step->process(std::move(batch), nullptr, {});
  EXPECT_FALSE(batch[0].drop);
  ASSERT_TRUE(batch[1].drop);
  EXPECT_EQ(batch[1].drop->detail, "not language = ko and meta.year >= 2024");
}

TEST(FilterStep, AMistakeIsToldWithItsColumn) {
  EXPECT_NE(run("filter", with("where", std::string("a = ")), {}).find("column 5"), std::string::npos);
}

TEST(DeriveStep, MakesFieldsInTheirOrder) {
  EXPECT_EQ(run("derive", with("set", Lists{"total = price * count", "label = total + \" won\"", "price = missing"}),
                {row(R"({"price":1200,"count":3})")}),
            R"({"count":3,"total":3600,"label":"3600 won"})");
}

TEST(DeriveStep, SetsTheMetadataOfDocuments) {
  const auto step = *make("derive", with("set", Lists{"meta.year = slice(meta.date, 0, 4)"}));
  Batch batch(1);
  Document document;
  document.metadata = {{"date", "2025-11-27"}};
  batch[0].payload = document;
  batch = *step->process(std::move(batch), nullptr, {});
  EXPECT_EQ(std::get<Document>(batch[0].payload).metadata, (Metadata{{"date", "2025-11-27"}, {"year", "2025"}}));
}

TEST(DeriveStep, MistakesAreToldWhenItIsMadeAndWrongValuesAreErrorsOfTheItem) {
  EXPECT_NE(run("derive", with("set", Lists{"total"}), {}).find("not of the form"), std::string::npos);
  EXPECT_NE(run("derive", with("set", Lists{"a = 1 +"}), {}).find("a: value, column"), std::string::npos);
  EXPECT_NE(run("derive", with("set", Lists{"a = name * 2"}), {row(R"({"name":"x"})")}).find("wants numbers"),
            std::string::npos);
}

TEST(RenameStep, KeepsPlacesAndReplacesWhatHasTheName) {
  EXPECT_EQ(run("rename", with("fields", Lists{"제목 -> title", "gone->x"}),
                {row(R"({"제목":"a","title":"old","n":1})")}),
            R"({"title":"a","n":1})");
  EXPECT_EQ(run("rename", with("fields", Lists{"user.name -> author"}), {row(R"({"user":{"name":"kim","id":1}})")}),
            R"({"user":{"id":1},"author":"kim"})");
  EXPECT_EQ(run("rename", with("fields", Lists{"a -> a"}), {row(R"({"a":1})")}), R"({"a":1})");
}

TEST(SelectStep, KeepsTheseInTheirOrderOrAllButThose) {
  const char* const json = R"({"a":1,"b":2,"c":{"d":3}})";
  EXPECT_EQ(run("select", with("fields", Lists{"b", "a", "x"}), {row(json)}), R"({"b":2,"a":1})");
  EXPECT_EQ(run("select", with("fields", Lists{"c.d"}), {row(json)}), R"({"c.d":3})");
  EXPECT_EQ(run("select", with("without", Lists{"b", "x"}), {row(json)}), R"({"a":1,"c":{"d":3}})");
  EXPECT_NE(run("select", {}, {}).find("takes `fields` or `without`"), std::string::npos);
}

Options explode_options(const std::string& empty) {
  Options options = with("field", std::string("tags"));
  options.set("empty", empty);
  return options;
}

TEST(ExplodeStep, MakesARowForEachValue) {
  EXPECT_EQ(run("explode", explode_options("drop"), {row(R"({"id":1,"tags":["a",2]})"), row(R"({"id":2,"tags":"b"})")}),
            "{\"id\":1,\"tags\":\"a\"}\n{\"id\":1,\"tags\":2}\n{\"id\":2,\"tags\":\"b\"}");
}

TEST(ExplodeStep, ARowWithoutValuesIsLeftOutOrKept) {
  const auto rows = [] { return std::vector<Record>{row(R"({"id":1,"tags":[]})"), row(R"({"id":2})")}; };
  EXPECT_EQ(run("explode", explode_options("drop"), rows()), "dropped: empty\ndropped: empty");
  EXPECT_EQ(run("explode", explode_options("keep"), rows()), "{\"id\":1}\n{\"id\":2}");
}

Options split_options(const std::string& at) {
  Options options = with("field", std::string("text"));
  options.set("at", at);
  return options;
}

TEST(SplitStep, MakesARowForEachPart) {
  EXPECT_EQ(run("split", split_options(";"), {row(R"({"text":" a ; ;b","n":1})"), row(R"({"text":3})")}),
            "{\"text\":\"a\",\"n\":1}\n{\"text\":\"b\",\"n\":1}\n{\"text\":3}");
  EXPECT_EQ(run("split", split_options(";"), {row(R"({"text":" ; "})")}), "dropped: empty");
  EXPECT_NE(run("split", split_options(""), {}).find("`at` is empty"), std::string::npos);
}

}  // namespace
}  // namespace naru
