// What latest, count, top_k, distinct and join make of a few rows. That they keep to it: keyed_law_test.cpp.
#include <gtest/gtest.h>

#include "naru/registry.h"
#include "record/value_json.h"

namespace naru {
namespace {

Options with(std::vector<std::pair<std::string, OptionValue>> values) {
  Options options;
  for (auto& [name, value] : values) options.set(name, std::move(value));
  return options;
}

// A line for each row that is left.
std::string run(const std::string& name, const Options& options, const std::vector<std::string>& rows) {
  Registry registry;
  register_operator(registry);
  const auto step = registry.find_operator(name)->make(options, {});
  if (!step) return step.error().message();
  Batch batch;
  for (const std::string& json : rows) batch.emplace_back().payload = Row{*fields_from_json(json), {}};
  const auto out = (*step)->process(std::move(batch), nullptr, {});
  if (!out) return out.error().describe();
  std::string lines;
  for (const Record& record : *out) {
    lines += record.key + " " + to_json_line(std::get<Row>(record.payload).fields) + "\n";
  }
  return lines;
}

using Lists = std::vector<std::string>;

TEST(LatestStep, KeepsTheNewestOfEachKey) {
  const Options options = with({{"key", Lists{"id"}}, {"order", "at"}});
  EXPECT_EQ(run("latest", options, {R"({"id":1,"at":9})", R"({"id":1,"at":10})", R"({"id":2})", R"({"id":1,"at":2})"}),
            "[1] {\"id\":1,\"at\":10}\n[2] {\"id\":2}\n");
}

TEST(LatestStep, OfEqualOnesTheLastStaysAndOneWithoutTheFieldIsOldest) {
  const Options options = with({{"key", Lists{"id"}}, {"order", "at"}});
  EXPECT_EQ(run("latest", options, {R"({"id":1,"at":1,"n":1})", R"({"id":1,"at":1.0,"n":2})", R"({"id":1,"n":3})"}),
            "[1] {\"id\":1,\"at\":1.0,\"n\":2}\n");
}

TEST(CountStep, CountsByFieldsInsideMapsAndWhereNoneIs) {
  const Options options = with({{"key", Lists{"user.name"}}, {"into", "n"}});
  EXPECT_EQ(run("count", options, {R"({"user":{"name":"김"}})", R"({"user":{"name":"김"}})", R"({"user":3})"}),
            "[\"김\"] {\"user.name\":\"김\",\"n\":2}\n[null] {\"n\":1}\n");
}

TEST(TopKStep, OrdersByValueAndKeepsThoseThatComeFirstOfEqualOnes) {
  const Options options = with({{"k", std::int64_t{2}}, {"order", "score"}, {"smallest", false}});
  EXPECT_EQ(run("top_k", options, {R"({"score":2,"n":1})", R"({"score":10})", R"({"score":2,"n":2})", R"({"n":4})"}),
            "[] {\"score\":10}\n[] {\"score\":2,\"n\":1}\n");
  const Options smallest = with({{"k", std::int64_t{1}}, {"order", "score"}, {"smallest", true}});
  EXPECT_EQ(run("top_k", smallest, {R"({"score":2})", R"({"score":1})"}), "[] {\"score\":1}\n");
}

TEST(DistinctStep, CountsFieldsAndNotTheirOrder) {
  const std::string lines = run("distinct", {}, {R"({"a":1,"b":{"c":1,"d":2}})", R"({"b":{"d":2,"c":1},"a":1})",
                                                 R"({"a":1})"});
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(run("distinct", with({{"fields", Lists{"a"}}}), {R"({"a":1,"b":1})", R"({"a":1,"b":2})", R"({"a":"1"})"}),
            "[\"1\"] {\"a\":\"1\"}\n[1] {\"a\":1,\"b\":1}\n");
}

TEST(JoinStep, RowsMeetWhereTheirKeysAgreeAndNullAgreesWithNothing) {
  const std::vector<std::string> rows = {R"({"_source":"a","id":1,"n":"x"})", R"({"_source":"b","of":1,"n":"y"})",
                                         R"({"_source":"b","of":1,"m":2})", R"({"_source":"a","id":2})",
                                         R"({"_source":"b","of":3,"m":3})", R"({"_source":"a","id":null})",
                                         R"({"_source":"b","of":null})", R"({"_source":"c","id":1,"of":1})"};
  const auto join = [&](const char* how) {
    return run("join", with({{"left", "a"}, {"right", "b"}, {"on", Lists{"id"}}, {"right_on", Lists{"of"}},
                             {"how", how}, {"side", "_source"}}), rows);
  };
  const std::string met = "[1] {\"id\":1,\"n\":\"x\",\"b_n\":\"y\"}\n[1] {\"id\":1,\"n\":\"x\",\"m\":2}\n";
  EXPECT_EQ(join("inner"), met);
  EXPECT_EQ(join("left"), met + "[2] {\"id\":2}\n[null] {\"id\":null}\n");
  EXPECT_EQ(join("full"), met + "[2] {\"id\":2}\n[3] {\"id\":3,\"m\":3}\n[null] {\"id\":null}\n[null] {\"id\":null}\n");
}

TEST(JoinStep, AKeyOnWhichTooMuchComesTogetherIsTold) {
  std::vector<std::string> rows;
  for (int i = 0; i < 101; ++i) {
    rows.push_back(R"({"_source":"a","id":1})");
    rows.push_back(R"({"_source":"b","id":1})");
  }
  const std::string said = run("join", with({{"left", "a"}, {"right", "b"}, {"on", Lists{"id"}}, {"how", "inner"},
                                             {"side", "_source"}}), rows);
  EXPECT_NE(said.find("101 rows of \"a\" and 101 of \"b\""), std::string::npos) << said;
}

TEST(KeyedSteps, ALongKeyIsItsHash) {
  const std::string name = run("count", with({{"key", Lists{"a"}}, {"into", "n"}}),
                               {R"({"a":")" + std::string(2000, 'x') + "\"}"});
  EXPECT_EQ(name.find(' '), 32U);
}

}  // namespace
}  // namespace naru
