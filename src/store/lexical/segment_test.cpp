#include "store/lexical/segment.h"

#include <gtest/gtest.h>

#include <map>

#include "runtime/random.h"

namespace naru {
namespace {

using Terms = std::vector<std::string>;

struct TestRow {
  SegmentRow row;
  Terms terms;
};

// Words by a steep distribution, so that some lists have many blocks and some one posting.
std::vector<TestRow> random_rows(std::uint64_t seed, std::size_t rows, std::uint64_t first_chunk = 1) {
  Random random(seed);
  std::vector<TestRow> made;
  for (std::size_t i = 0; i < rows; ++i) {
    TestRow one;
    one.row.chunk = first_chunk + i;
    one.row.document = static_cast<std::uint32_t>(i / 3 + 1);
    one.row.model = random.below(2) == 0 ? 0 : 1;
    one.row.vector = static_cast<std::uint32_t>(random.below(1000));
    for (std::uint64_t words = random.below(30); words > 0; --words) {
      const double u = random.unit();
      one.terms.push_back("w" + std::to_string(static_cast<int>(u * u * u * 300)));
    }
    made.push_back(std::move(one));
  }
  return made;
}

Result<SegmentFile> build(const std::vector<TestRow>& rows, const std::string& folder) {
  SegmentBuilder builder;
  for (const TestRow& one : rows) builder.add(one.row, one.terms);
  return builder.write(folder);
}

std::map<std::string, std::vector<std::pair<std::uint32_t, std::uint32_t>>> expected(const std::vector<TestRow>& rows) {
  std::map<std::string, std::vector<std::pair<std::uint32_t, std::uint32_t>>> lists;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::map<std::string, std::uint32_t> counts;
    for (const std::string& term : rows[i].terms) ++counts[term];
    for (const auto& [term, count] : counts) lists[term].emplace_back(i, count);
  }
  return lists;
}

void expect_holds(const Segment& segment, const std::vector<TestRow>& rows) {
  ASSERT_EQ(segment.rows(), rows.size());
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(segment.row(i).chunk, rows[i].row.chunk);
    EXPECT_EQ(segment.row(i).document, rows[i].row.document);
    EXPECT_EQ(segment.row(i).model, rows[i].row.model);
    EXPECT_EQ(segment.row(i).vector, rows[i].row.vector);
    EXPECT_EQ(segment.row(i).length, rows[i].terms.size());
    length += rows[i].terms.size();
  }
  EXPECT_EQ(segment.total_length(), length);
  const auto lists = expected(rows);
  EXPECT_EQ(segment.terms(), lists.size());
  for (const auto& [term, list] : lists) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> read;
    for (const Posting& posting : segment.postings(term)) read.emplace_back(posting.row, posting.frequency);
    EXPECT_EQ(read, list) << term;
  }
  const std::vector<RowDigest> digests = segment.digests().value();
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(digests[i], digest_of_terms(rows[i].terms));
}

TEST(Segment, KeepsEveryPostingOfEveryRow) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  for (const std::size_t count : {0U, 1U, 3U, 127U, 129U, 2000U}) {
    const std::vector<TestRow> rows = random_rows(count + 1, count);
    const SegmentFile file = build(rows, folder.path()).value();
    EXPECT_EQ(file.rows, count);
    const std::shared_ptr<const Segment> segment = Segment::open(folder.path(), file.name).value();
    expect_holds(*segment, rows);
    EXPECT_TRUE(segment->check_digest());
    EXPECT_TRUE(segment->postings("nobody wrote this").empty());
    EXPECT_FALSE(segment->find(""));
  }
}

TEST(Segment, BlocksSayWhichRowsTheyHold) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  std::vector<TestRow> rows;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    rows.push_back({{i + 1, i + 1, 0, 0, 0}, i % 3 == 0 ? Terms{"often", "often"} : Terms{"other"}});
  }
  const std::shared_ptr<const Segment> segment =
      Segment::open(folder.path(), build(rows, folder.path()).value().name).value();
  const PostingList list = *segment->find("often");
  ASSERT_EQ(list.blocks(), 3U);
  PostingList::Block block;
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    const std::size_t count = list.decode(b, block);
    ASSERT_EQ(count, b < 2 ? 128U : 334U - 256U);
    EXPECT_LE(list.first_row(b), block[0].row);
    EXPECT_EQ(list.last_row(b), block[count - 1].row);
    EXPECT_EQ(list.block_of(block[0].row, 0), b);
    EXPECT_EQ(list.block_of(block[count - 1].row, 0), b);
  }
  EXPECT_EQ(list.block_of(999, 0), 2U);
  EXPECT_EQ(list.block_of(1000, 0), 3U);
}

TEST(Segment, EqualRowsGiveTheSameNameAndADamagedTwinIsReplaced) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const std::vector<TestRow> rows = random_rows(7, 50);
  const SegmentFile first = build(rows, folder.path()).value();
  EXPECT_EQ(build(rows, folder.path()).value().name, first.name);
  const std::string path = join_path(folder.path(), first.name + ".seg");
  const std::string good = read_file(path).value();
  EXPECT_EQ(hash128(good).hex(), first.name);
  std::string bad = good;
  bad[bad.size() - 1] = static_cast<char>(bad[bad.size() - 1] ^ 1);
  ASSERT_TRUE(write_file(path, bad));
  ASSERT_TRUE(build(rows, folder.path()));
  EXPECT_EQ(read_file(path).value(), good);
}

TEST(Segment, MergeEqualsASegmentBuiltFromTheSurvivors) {
  Random random(11);
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder = TemporaryFolder::make("segment").value();
    const std::vector<TestRow> rows = random_rows(100 + static_cast<std::uint64_t>(round), 300);
    // Each row goes to one of four segments, with other rows that have died.
    std::vector<std::vector<TestRow>> parts(4);
    std::vector<std::vector<bool>> lives(4);
    const std::vector<TestRow> dead = random_rows(900 + static_cast<std::uint64_t>(round), 300, 5000);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t part = random.below(4);
      parts[part].push_back(rows[i]);
      lives[part].push_back(true);
      if (random.below(3) == 0) {
        parts[part].push_back(dead[i]);
        lives[part].push_back(false);
      }
    }
    std::vector<std::shared_ptr<const Segment>> segments;
    std::vector<Bitmap> alive;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      segments.push_back(Segment::open(folder.path(), build(parts[p], folder.path()).value().name).value());
      alive.emplace_back(parts[p].size());
      for (std::size_t i = 0; i < lives[p].size(); ++i) {
        if (lives[p][i]) alive[p].set(i);
      }
    }
    std::vector<MergeInput> inputs, reversed;
    for (std::size_t p = 0; p < parts.size(); ++p) inputs.push_back({segments[p].get(), &alive[p]});
    reversed.assign(inputs.rbegin(), inputs.rend());
    const SegmentFile merged = merge_segments(inputs, folder.path()).value();
    EXPECT_EQ(merged.name, build(rows, folder.path()).value().name);
    EXPECT_EQ(merged.name, merge_segments(reversed, folder.path()).value().name);
  }
}

TEST(Segment, AnyChangedByteOfHeaderAndTablesIsSeenAtOpen) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const SegmentFile file = build(random_rows(3, 40), folder.path()).value();
  const std::string path = join_path(folder.path(), file.name + ".seg");
  const std::string good = read_file(path).value();
  std::uint64_t postings = 0;
  std::memcpy(&postings, good.data() + 48, 8);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    ASSERT_TRUE(write_file(path, bad));
    const Result<std::shared_ptr<const Segment>> opened = Segment::open(folder.path(), file.name);
    if (i < postings) {
      ASSERT_FALSE(opened) << i;
      EXPECT_EQ(opened.error().code(), Code::corrupt);
    } else {
      ASSERT_TRUE(opened) << i;
      const Status whole = (*opened)->check_digest();
      ASSERT_FALSE(whole) << i;
      EXPECT_EQ(whole.error().code(), Code::corrupt);
    }
  }
}

TEST(Segment, EveryTruncationIsCorrupt) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const SegmentFile file = build(random_rows(4, 20), folder.path()).value();
  const std::string path = join_path(folder.path(), file.name + ".seg");
  const std::string good = read_file(path).value();
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_TRUE(write_file(path, std::string_view(good).substr(0, size)));
    const Result<std::shared_ptr<const Segment>> opened = Segment::open(folder.path(), file.name);
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code(), Code::corrupt);
  }
  ASSERT_TRUE(write_file(path, good + "x"));
  EXPECT_EQ(Segment::open(folder.path(), file.name).error().code(), Code::corrupt);
}

TEST(Segment, DamagedPostingsAreRefusedOrChangeTheDigestOfARow) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const std::vector<TestRow> rows = random_rows(5, 400);
  const SegmentFile file = build(rows, folder.path()).value();
  const std::string path = join_path(folder.path(), file.name + ".seg");
  const std::string good = read_file(path).value();
  std::uint64_t postings = 0;
  std::memcpy(&postings, good.data() + 48, 8);
  std::vector<RowDigest> truth;
  for (const TestRow& one : rows) truth.push_back(digest_of_terms(one.terms));
  Random random(6);
  for (int round = 0; round < 500; ++round) {
    std::string bad = good;
    const std::size_t at = postings + random.below(bad.size() - postings);
    bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(255)));
    ASSERT_TRUE(write_file(path, bad));
    const std::shared_ptr<const Segment> segment = Segment::open(folder.path(), file.name).value();
    const Result<std::vector<RowDigest>> digests = segment->digests();
    if (digests) {
      EXPECT_NE(*digests, truth) << at;
    } else {
      EXPECT_EQ(digests.error().code(), Code::corrupt);
    }
  }
}

TEST(Segment, AMissingFileIsNotFound) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  EXPECT_EQ(Segment::open(folder.path(), "0123").error().code(), Code::not_found);
}

TEST(RowDigest, DoesNotDependOnTheOrderOfTerms) {
  EXPECT_EQ(digest_of_terms({"a", "b", "a"}), digest_of_terms({"a", "a", "b"}));
  EXPECT_FALSE(digest_of_terms({"a", "b", "a"}) == digest_of_terms({"a", "b", "b"}));
  EXPECT_FALSE(digest_of_terms({"a"}) == digest_of_terms({"a", "a"}));
}

}  // namespace
}  // namespace naru
