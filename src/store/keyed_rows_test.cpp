// The tables of Keyed steps on disk are what the simple ones in memory are, after any changes and openings.
#include <gtest/gtest.h>

#include "flow/testing.h"
#include "runtime/random.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::MemoryTable;

KeyedTable::Change change_of(Random& random) {
  KeyedTable::Change change;
  change.known.key = "k" + std::to_string(random.below(12));
  change.known.fingerprint = std::to_string(random.next());
  const std::uint64_t kind = random.below(8);
  change.removed = kind == 0;
  change.moved = kind == 1;
  if (kind == 2) {
    change.known.reject_code = "corrupt";
    change.known.reject_message = "no";
  }
  if (kind < 3) return change;
  change.known.version = sha256(change.known.fingerprint);
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    const std::string bytes = std::string("\0x", 2) + std::to_string(random.below(9));
    change.rows.push_back({"g" + std::to_string(random.below(4)), bytes});
  }
  return change;
}

// All that there is, as text.
std::string told(KeyedTable& table) {
  std::string text;
  const std::vector<KnownItem> items = *table.known_items()->all();
  std::vector<KeyedTable::Group> groups;
  EXPECT_TRUE(table.each_group([&](const KeyedTable::Group& group) { return groups.push_back(group), Status(); }));
  for (const KnownItem& item : items) {
    text += item.key + " " + item.fingerprint + " " + item.version.hex() + " " + item.reject_code + "\n";
  }
  for (const KeyedTable::Group& group : groups) {
    text += group.name + ":";
    EXPECT_TRUE(table.each_row(group.name, [&](std::string_view item, std::string_view bytes) {
      return text.append(item).append("=").append(bytes), Status();
    }));
    text += "\n";
  }
  for (const KnownItem& item : items) {
    EXPECT_TRUE(table.each_row_of(item.key, [&](const KeyedTable::Row& row) {
      return text += item.key + " " + row.group + " " + row.bytes + "\n", Status();
    }));
  }
  return text;
}

TEST(KeyedRows, AreWhatTheSimpleTableIs) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-keyed-");
  Desk desk(temporary.path() + "/s");
  Random random(3);
  MemoryTable simple, other_simple;
  for (int round = 0; round < 40; ++round) {
    std::vector<KeyedTable::Change> changes;
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      KeyedTable::Change change = change_of(random);
      if (change.moved && !simple.changes.contains(change.known.key)) continue;
      changes.push_back(change);
      ASSERT_TRUE(simple.apply(std::span(&change, 1)));
    }
    const auto table = std::move(*desk.store().keyed_table("orders", "latest"));
    ASSERT_TRUE(table->apply(changes));
    ASSERT_TRUE(table->apply(changes)) << "twice is once";
    EXPECT_EQ(told(*table), told(simple));
    if (round % 10 == 0) desk.open();
  }
  const auto reader = std::move(*Store::open(desk.folder(), Access::read));
  EXPECT_EQ(told(**reader->keyed_table("orders", "latest")), told(simple));
  EXPECT_EQ(told(**reader->keyed_table("orders", "other")), "");
  EXPECT_TRUE(desk.store().verify()->ok);
}

TEST(KeyedRows, AGroupsHashIsOfItsRowsAndWhereTheyComeFrom) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-keyed-");
  Desk desk(temporary.path() + "/s");
  const auto table = std::move(*desk.store().keyed_table("orders", "latest"));
  const auto hash_of = [&](const std::vector<KeyedTable::Change>& changes) {
    EXPECT_TRUE(table->apply(changes));
    std::optional<Id128> first;
    EXPECT_TRUE(table->each_group([&](const KeyedTable::Group& group) {
      return first = first.value_or(group.rows), Status();
    }));
    return *first;
  };
  KeyedTable::Change a, b;
  a.known.key = "a";
  a.rows = {{"g", "1"}, {"g", "2"}};
  b.known.key = "b";
  b.rows = {{"g", "3"}};
  const Id128 both = hash_of({a, b});
  EXPECT_EQ(hash_of({b, a}), both);
  std::swap(a.rows[0], a.rows[1]);
  EXPECT_NE(hash_of({a}), both);
  b.removed = true;
  std::swap(a.rows[0], a.rows[1]);
  EXPECT_NE(hash_of({a, b}), both);
}

TEST(KeyedRows, GoWithTheirStepAndWithWhatIsForgotten) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-keyed-");
  Desk desk(temporary.path() + "/s");
  ASSERT_TRUE(desk.put({{"a", {{"alpha"}, {}}}}));
  KeyedTable::Change change;
  change.known.key = "a";
  change.rows = {{"g", "a secret of a"}};
  ASSERT_TRUE((*desk.store().keyed_table(desk.flow(), "near"))->apply({&change, 1}));
  ASSERT_TRUE((*desk.store().keyed_table(desk.flow(), "gone"))->apply({&change, 1}));
  ASSERT_TRUE(desk.store().drop_keyed_tables({{desk.flow(), "near"}}));
  EXPECT_EQ(*desk.store().keyed_steps(), (KeyedSteps{{desk.flow(), "near"}}));
  EXPECT_EQ(told(**desk.store().keyed_table(desk.flow(), "gone")), "");
  const auto proof = desk.store().forget(desk.flow(), "a");
  ASSERT_TRUE(proof) << proof.error().describe();
  EXPECT_TRUE(proof->clean());
  EXPECT_EQ(told(**desk.store().keyed_table(desk.flow(), "near")), "");
}

}  // namespace
}  // namespace naru
