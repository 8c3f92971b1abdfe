#include <gtest/gtest.h>

#include "flow/testing_flow.h"
#include "naru/registry.h"
#include "runtime/files.h"

namespace naru {
namespace {

class CsvTargetTest : public ::testing::Test {
 protected:
  CsvTargetTest() : folder_(std::move(*TemporaryFolder::make("csv-target"))) {
    options_.base_folder = folder_.path();
    options_.set("path", std::string("out.csv"));
    options_.set("columns", std::vector<std::string>());
    options_.set("delimiter", std::string("auto"));
    options_.set("byte_order_mark", false);
  }
  Result<std::unique_ptr<Target>> target(PayloadKind takes) {
    Registry registry;
    register_connector(registry);
    return registry.target("csv")->make(options_, {"prices", takes});
  }
  std::string content() const { return read_file(join_path(folder_.path(), "out.csv")).value_or("(none)"); }
  // One row an item: key and fields.
  void write(std::vector<std::pair<std::string, Fields>> rows) {
    auto made = target(PayloadKind::row);
    ASSERT_TRUE(made) << made.error().describe();
    Target& into = **made;
    const Status begun = into.begin();
    ASSERT_TRUE(begun) << begun.error().describe();
    ChangeSet changes;
    changes.flow = "prices";
    for (auto& [key, fields] : rows) {
      DocumentUpsert upsert;
      upsert.item.key = key;
      upsert.rows = {Row{std::move(fields), {}}};
      changes.upserts.push_back(std::move(upsert));
    }
    ASSERT_TRUE(into.apply(changes));
    ASSERT_TRUE(into.settle());
  }

  TemporaryFolder folder_;
  Options options_;
};

TEST_F(CsvTargetTest, QuotesWhatHasToBeAndTellsNothingFromNull) {
  options_.set("columns", std::vector<std::string>{"a", "나", "c"});
  write({{"1", {{"나", Value(std::string("하나, \"둘\""))}, {"a", Value(std::int64_t{7})}}},
         {"2", {{"a", Value(std::string())}, {"c", Value(ValueList{Value(true), Value()})}, {"x", Value(1.5)}}},
         {"3", {{"a", Value(std::string(" b\nc"))}}}});
  EXPECT_EQ(content(), "a,나,c\n7,\"하나, \"\"둘\"\"\",\n\"\",,\"[true,null]\"\n\" b\nc\",,\n");
}

TEST_F(CsvTargetTest, OtherColumnsAreAnotherFile) {
  options_.set("columns", std::vector<std::string>{"a"});
  write({{"1", {{"a", Value(std::int64_t{7})}}}});
  EXPECT_EQ(content(), "a\n7\n");
  write({{"2", {}}});
  EXPECT_EQ(content(), "a\n7\n\"\"\n");
  options_.set("columns", std::vector<std::string>{"b"});
  options_.set("byte_order_mark", true);
  write({});  // the engine writes the items again: the options are part of the pipeline
  EXPECT_EQ(content(), "\xef\xbb\xbf""b\n7\n\"\"\n");
  ASSERT_TRUE(write_file(join_path(folder_.path(), "out.csv"), "b\n8\n\"\"\n"));
  EXPECT_FALSE((*target(PayloadKind::row))->begin());
}

TEST_F(CsvTargetTest, RowsNeedColumns) {
  const auto made = target(PayloadKind::row);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().describe().find("columns"), std::string::npos);
  options_.set("columns", std::vector<std::string>{"a", "a"});
  EXPECT_FALSE(target(PayloadKind::row));
}

TEST_F(CsvTargetTest, DocumentsAndPassagesHaveAllTheirFields) {
  testing::Flow flow;
  flow.plan.knowledge_base.clear();
  flow.plan.target = std::move(*target(PayloadKind::document));
  flow.plan.embedder.reset();
  flow.plan.steps.resize(1);
  flow.source->put("가", "one, two");
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(content(), "id,title,language,format,version,metadata,access,trust,text\n가,\"\",\"\",\"\"," +
                           sha256("one, two").hex() + ",{},,tenant,\"one, two\"\n");
}

}  // namespace
}  // namespace naru
