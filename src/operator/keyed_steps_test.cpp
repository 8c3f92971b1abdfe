// What latest, count, top_k and distinct make of a few rows. That they keep to it whatever changes: keyed_law_test.cpp.
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

TEST(KeyedSteps, ALongKeyIsItsHash) {
  const std::string name = run("count", with({{"key", Lists{"a"}}, {"into", "n"}}),
                               {R"({"a":")" + std::string(2000, 'x') + "\"}"});
  EXPECT_EQ(name.find(' '), 32U);
}

}  // namespace
}  // namespace naru
