// A store of an earlier schema is brought up to this one by whoever opens it first.
#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/testing.h"
#include "store/truth.h"

namespace naru {
namespace {

using testing::Desk;

// What schema 1 was: the tables of today without what schema 2 added.
constexpr const char* kBackToSchema1 = R"sql(
CREATE TABLE docs_of_1(
  id INTEGER PRIMARY KEY, base INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL, format TEXT NOT NULL,
  content INTEGER NOT NULL, layout BLOB NOT NULL);
INSERT INTO docs_of_1 SELECT id, base, title, language, format, content, layout FROM docs;
DROP TABLE docs;
ALTER TABLE docs_of_1 RENAME TO docs;
CREATE INDEX docs_by_content ON docs(content);
DROP TABLE generations;
DROP TABLE tags;
DROP TABLE base_models;
DELETE FROM meta WHERE name = 'oldest';
PRAGMA user_version = 1;
)sql";

Status make_schema_1(const std::string& folder) {
  const std::unique_ptr<Database> truth = NARU_TRY(Database::open(StorePaths(folder).truth, false));
  return truth->execute(kBackToSchema1);
}

// Two documents, one of them edited and one deleted, so that there are dead rows.
void fill(Desk& desk) {
  ChangeSet changes = desk.change({{"a", {{"alpha one", "beta"}, {}}}, {"b", {{"gamma"}, {}}}, {"c", {{"delta"}, {}}}});
  changes.upserts[0].document.metadata = {{"date", "2024-05-31"}, {"author", "kim"}};
  ASSERT_TRUE(desk.apply(changes));
  ASSERT_TRUE(desk.put({{"b", {{"gamma", "epsilon"}, {}}}}));
  ASSERT_TRUE(desk.remove({"c"}));
}

std::uint64_t rows_with(Store& store, const char* filter) {
  const Expression expression = *parse_expression(filter);
  return (*store.open_snapshot("kb", Principal::owner(), &expression))->visible_rows();
}

TEST(Upgrade, Schema1BecomesSchema2AndAnswersAsBefore) {
  for (const Access first : {Access::write, Access::read}) {
    const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
    const std::string folder = temporary.path() + "/s";
    std::vector<std::string> dump, hits;
    {
      Desk desk(folder);
      fill(desk);
      dump = desk.dump();
      hits = desk.hits("alpha gamma epsilon");
    }
    ASSERT_TRUE(make_schema_1(folder));
    {
      const std::unique_ptr<Store> store = std::move(*Store::open(folder, first));
      EXPECT_EQ(rows_with(*store, "date = 2024-05 and meta.author = kim"), 2U);
    }
    Desk desk(folder);
    EXPECT_EQ(desk.dump(), dump);
    EXPECT_EQ(desk.hits("alpha gamma epsilon"), hits);
    EXPECT_EQ(desk.problems(), "");
    ASSERT_TRUE(desk.put({{"b", {{"gamma"}, {}}}}));
    ASSERT_TRUE(desk.remove({"a"}));
    ASSERT_TRUE(desk.store().settle());
    EXPECT_EQ(desk.problems(), "");
    EXPECT_EQ(desk.dump().size(), 2U);
  }
}

TEST(Upgrade, AStoreOfALaterSchemaIsRefused) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-upgrade-");
  const StorePaths paths(temporary.path() + "/s");
  for (const std::string& path : {paths.truth, paths.content}) {
    { Desk desk(paths.root); }
    const std::unique_ptr<Database> database = *Database::open(path, false);
    const std::int64_t version = *database->value("PRAGMA user_version");
    ASSERT_TRUE(database->execute("PRAGMA user_version = " + std::to_string(version + 1)));
    EXPECT_EQ(Store::open(paths.root, Access::read).error().code(), Code::unsupported);
    EXPECT_EQ(Store::open(paths.root, Access::write).error().code(), Code::unsupported);
    ASSERT_TRUE(database->execute("PRAGMA user_version = " + std::to_string(version)));
  }
}

}  // namespace
}  // namespace naru
