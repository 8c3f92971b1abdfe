#include "config/steps.h"

#include <gtest/gtest.h>

#include <map>

namespace naru {
namespace {

using enum PayloadKind;

// `steps` in their order, over a source that gives `source`; the names of those that stand wrong.
std::vector<std::string> wrong(PayloadKind source, const std::vector<std::string>& steps) {
  const std::map<std::string, StepKinds> known = {
      {"parse", {"parse", {bytes, row}, document}}, {"chunk", {"chunk", {document}, chunk}},
      {"embed", {"embed", {chunk}, chunk}},         {"pii", {"pii", {document}, {}}},
      {"filter", {"filter", {row, document, chunk}, {}}}, {"select", {"select", {row}, {}}},
  };
  std::vector<StepKinds> kinds;
  for (const std::string& step : steps) kinds.push_back(known.at(step));
  std::vector<std::string> found;
  for (const StepProblem& problem : step_problems(source, kinds)) found.push_back(steps[problem.step]);
  return found;
}

using Names = std::vector<std::string>;

TEST(Steps, FindWhatTheyTake) {
  EXPECT_EQ(wrong(bytes, {"parse", "chunk", "embed"}), Names{});
  EXPECT_EQ(wrong(bytes, {"parse", "chunk"}), Names{});
  EXPECT_EQ(wrong(row, {"parse", "chunk", "embed"}), Names{});
  EXPECT_EQ(wrong(bytes, {"parse", "pii", "chunk", "embed"}), Names{});
  EXPECT_EQ(wrong(bytes, {"parse", "filter", "chunk", "filter", "filter", "embed"}), Names{});
  EXPECT_EQ(wrong(row, {"filter", "select", "filter"}), Names{});
}

TEST(Steps, OutOfOrderAreTold) {
  EXPECT_EQ(wrong(bytes, {"chunk", "parse"}), Names{"chunk"});
  EXPECT_EQ(wrong(bytes, {"parse", "embed"}), Names{"embed"});
  EXPECT_EQ(wrong(bytes, {"parse", "chunk", "chunk"}), Names{"chunk"});
  EXPECT_EQ(wrong(bytes, {"embed", "parse", "chunk"}), Names{"embed"});
  EXPECT_EQ(wrong(bytes, {"parse", "chunk", "embed", "filter"}), Names{"embed"});
  EXPECT_EQ(wrong(bytes, {"pii", "parse", "chunk"}), Names{"pii"});
  EXPECT_EQ(wrong(bytes, {"parse", "chunk", "pii"}), Names{"pii"});
  EXPECT_EQ(wrong(bytes, {"filter", "parse", "chunk"}), Names{"filter"});
  EXPECT_EQ(wrong(row, {"filter", "parse", "chunk"}), Names{"filter"});
  EXPECT_EQ(wrong(bytes, {"parse", "select"}), Names{"select"});
  EXPECT_EQ(wrong(row, {"parse", "select"}), Names{"select"});
}

TEST(Steps, SayWhatArrivesAtTheTarget) {
  const StepKinds parse{"parse", {bytes, row}, document}, filter{"filter", {row, document, chunk}, {}};
  EXPECT_EQ(kind_after(bytes, {}), bytes);
  EXPECT_EQ(kind_after(bytes, {parse, filter}), document);
  EXPECT_EQ(kind_after(row, {filter}), row);
  EXPECT_TRUE(reads_rows(row, {filter}));
  EXPECT_FALSE(reads_rows(row, {parse}));
  EXPECT_FALSE(reads_rows(bytes, {}));
}

}  // namespace
}  // namespace naru
