#include "connector/shared/row_columns.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(RowColumns, NamesTypesAndWhatMayBeEmptyComeFromTheRows) {
  RowColumns columns("id");
  columns.add({{"id", std::int64_t{1}}, {"이름", std::string("가")}, {"price", 1.5}});
  columns.add({{"id", std::int64_t{2}}, {"price", std::string("free")}, {"gone", {}}});
  const std::vector<Column> found = columns.take();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].type, "integer");
  EXPECT_TRUE(found[0].key);
  EXPECT_FALSE(found[0].nullable);
  EXPECT_EQ(found[1].name, "이름");
  EXPECT_TRUE(found[1].nullable);
  EXPECT_EQ(found[2].type, "number or text");
  EXPECT_FALSE(found[2].nullable);
  EXPECT_EQ(found[3].type, "null");
}

TEST(RowColumns, AThousandRowsAreEnough) {
  RowColumns columns("id");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(columns.is_enough());
    columns.add({});
  }
  EXPECT_TRUE(columns.is_enough());
}

}  // namespace
}  // namespace naru
