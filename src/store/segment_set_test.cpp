// Merging beside the writer: what dies meanwhile stays dead, what is given up leaves nothing, the number is bounded.
#include "store/segment_set.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/clock.h"
#include "store/truth.h"

namespace naru {
namespace {

constexpr std::int64_t kBase = 1;

class Merging : public ::testing::Test {
 protected:
  Merging()
      : folder_(*TemporaryFolder::make("naru-merge-")), truth_(*Database::open(folder_.path() + "/truth.db", true)) {
    const std::unique_ptr<Database> content = *Database::open(folder_.path() + "/content.db", true);
    EXPECT_TRUE(prepare_truth(*truth_, *content));
  }
  // Every merge beside the writer.
  SegmentSet open() { return *SegmentSet::open(*truth_, folder_.path(), kBase, 0); }

  // A segment of `rows` rows of a document each.
  void add(SegmentSet& set, std::size_t rows) {
    SegmentBuilder builder;
    for (std::size_t i = 0; i < rows; ++i) {
      ++last_;
      alive_.insert(last_);
      builder.add({last_, static_cast<std::uint32_t>(last_), 0, 0, 0}, {"all", "w" + std::to_string(last_ % 50)});
    }
    const auto transaction = *Transaction::begin(*truth_);
    ASSERT_TRUE(set.add(builder));
    ASSERT_TRUE(transaction->commit());
  }
  void bury(SegmentSet& set, std::uint64_t row) {
    const auto transaction = *Transaction::begin(*truth_);
    ASSERT_TRUE(set.bury(static_cast<std::uint32_t>(row), row));
    ASSERT_TRUE(set.save());
    ASSERT_TRUE(transaction->commit());
    alive_.erase(row);
  }
  std::size_t segments() { return read_segments(*truth_, kBase)->size(); }
  // What a reader finds alive.
  std::set<std::uint64_t> found() {
    std::set<std::uint64_t> rows;
    const std::vector<SegmentEntry> entries = *read_segments(*truth_, kBase);
    for (const SegmentEntry& entry : entries) {
      const auto segment = *Segment::open(folder_.path(), entry.name);
      const Bitmap alive = Bitmap::from_bytes(entry.alive, segment->rows());
      for (const Posting& posting : segment->postings("all")) {
        const bool twice = alive.test(posting.row) && !rows.insert(segment->row(posting.row).chunk).second;
        EXPECT_FALSE(twice);
      }
    }
    return rows;
  }
  std::size_t files() {
    const std::vector<std::string> names = *list_folder(folder_.path());
    return static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".seg"); }));
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> truth_;
  std::uint64_t last_ = 0;
  std::set<std::uint64_t> alive_;
};

TEST_F(Merging, WhatDiesMeanwhileIsDeadInTheNewSegment) {
  SegmentSet set = open();
  for (int i = 0; i < 8; ++i) add(set, 20);
  ASSERT_TRUE(set.merge_full_classes());
  EXPECT_EQ(segments(), 8U);  // the writer did not wait
  for (const std::uint64_t row : {1, 20, 77, 160}) bury(set, row);
  add(set, 3);
  while (segments() == 9) {
    ASSERT_TRUE(system_clock().sleep_ms(1, {}));
    ASSERT_TRUE(set.merge_full_classes());
  }
  EXPECT_EQ(segments(), 2U);
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(found(), alive_);
  for (const std::uint64_t row : {2, 161}) bury(set, row);  // in the new segment as in any
  EXPECT_EQ(found(), alive_);
  SegmentSet again = open();  // as the next writer sees it
  for (const std::uint64_t row : {3, 162}) bury(again, row);
  EXPECT_EQ(found(), alive_);
}

TEST_F(Merging, AMergeThatIsGivenUpLeavesWhatWas) {
  {
    SegmentSet set = open();
    for (int i = 0; i < 8; ++i) add(set, 500);
    ASSERT_TRUE(set.merge_full_classes());
  }
  EXPECT_EQ(segments(), 8U);
  EXPECT_EQ(found(), alive_);
  SegmentSet set = open();
  ASSERT_TRUE(set.merge_full_classes());
  bury(set, 7);
  EXPECT_EQ(*set.drop_dead(), 2U);
  EXPECT_EQ(segments(), 8U);
  EXPECT_EQ(found(), alive_);
}

TEST_F(Merging, SettlingLeavesNothingToBeDone) {
  SegmentSet set = open();
  for (int i = 0; i < 9; ++i) add(set, 20);
  ASSERT_TRUE(set.merge_full_classes());
  ASSERT_TRUE(set.settle());
  EXPECT_EQ(segments(), 1U);  // all of it is new
  add(set, 2);
  ASSERT_TRUE(set.settle());
  EXPECT_EQ(segments(), 2U);  // little is
  EXPECT_EQ(found(), alive_);
}

TEST_F(Merging, AWriterThatOutrunsItsMergesWaits) {
  SegmentSet set = open();
  std::size_t most = 0;
  for (int i = 0; i < 150; ++i) {
    add(set, 1);
    ASSERT_TRUE(set.merge_full_classes());
    most = std::max(most, segments());
  }
  EXPECT_LE(most, 65U);
  EXPECT_EQ(found(), alive_);
}

TEST_F(Merging, SmallClassesAreMergedAtOnce) {
  SegmentSet set = *SegmentSet::open(*truth_, folder_.path(), kBase, 100);
  for (int i = 0; i < 8; ++i) add(set, 2);
  ASSERT_TRUE(set.merge_full_classes());
  EXPECT_EQ(segments(), 1U);
  EXPECT_EQ(found(), alive_);
}

}  // namespace
}  // namespace naru
