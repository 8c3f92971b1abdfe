#include "store/lexical/segment.h"

#include <gtest/gtest.h>

#include <map>

#include "naru/id.h"
#include "runtime/random.h"
#include "store/lexical/segment_builder.h"
#include "store/lexical/segment_merge.h"

namespace naru {
namespace {

using Terms = std::vector<std::string>;

struct TestRow {
  SegmentRow row;
  RowTerms terms;
};

// Up to `most` words by a steep distribution, so that some lists have many blocks and some one posting; several at one
// place now and then, and gaps.
PlacedTerms random_terms(Random& random, std::uint64_t most) {
  PlacedTerms made;
  std::uint32_t position = 0;
  for (std::uint64_t words = random.below(most); words > 0; --words) {
    const double u = random.unit();
    made.terms.push_back("w" + std::to_string(static_cast<int>(u * u * u * 300)));
    made.positions.push_back(position);
    position += static_cast<std::uint32_t>(random.below(20) == 0 ? random.below(100'000) : random.below(3));
  }
  return made;
}

std::vector<TestRow> random_rows(std::uint64_t seed, std::size_t rows, std::uint64_t first_chunk = 1) {
  Random random(seed);
  std::vector<TestRow> made;
  for (std::size_t i = 0; i < rows; ++i) {
    TestRow one;
    one.row.chunk = first_chunk + i;
    one.row.document = static_cast<std::uint32_t>(i / 3 + 1);
    one.row.model = random.below(2) == 0 ? 0 : 1;
    one.row.vector = static_cast<std::uint32_t>(random.below(1000));
    one.terms[0] = random_terms(random, 30);
    one.terms[1] = random_terms(random, 6);
    if (random.below(3) == 0) one.terms[2] = random_terms(random, 10);  // and no file names: a field may be empty
    made.push_back(std::move(one));
  }
  return made;
}

Result<SegmentFile> build(const std::vector<TestRow>& rows, const std::string& folder) {
  SegmentBuilder builder;
  for (const TestRow& one : rows) builder.add(one.row, one.terms);
  return builder.write(folder);
}

RowTerms body(Terms terms) {
  RowTerms row;
  for (std::uint32_t i = 0; i < terms.size(); ++i) row[0].positions.push_back(i);
  row[0].terms = TermList(terms);
  return row;
}

// By field and term: rows in order, each with the positions.
using Places = std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>>;
std::map<std::pair<Field, std::string>, Places> expected(const std::vector<TestRow>& rows) {
  std::map<std::pair<Field, std::string>, Places> lists;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    for (std::size_t f = 0; f < kFields; ++f) {
      const PlacedTerms& field = rows[i].terms[f];
      for (std::size_t t = 0; t < field.terms.size(); ++t) {
        Places& list = lists[{static_cast<Field>(f), std::string(field.terms[t])}];
        if (list.empty() || list.back().first != i) list.emplace_back(i, std::vector<std::uint32_t>());
        list.back().second.push_back(field.positions[t]);
      }
    }
  }
  return lists;
}

Places read_places(const PostingList& list) {
  Places read;
  std::vector<std::uint32_t> positions;
  for (PostingCursor cursor(list); cursor.row() != PostingCursor::kEnd; cursor.next()) {
    EXPECT_TRUE(cursor.positions(positions));
    EXPECT_EQ(positions.size(), cursor.frequency());
    read.emplace_back(static_cast<std::uint32_t>(cursor.row()), positions);
  }
  return read;
}

void expect_holds(const Segment& segment, const std::vector<TestRow>& rows) {
  ASSERT_EQ(segment.rows(), rows.size());
  std::array<std::uint64_t, kFields> lengths{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(segment.row(i).chunk, rows[i].row.chunk);
    EXPECT_EQ(segment.row(i).document, rows[i].row.document);
    EXPECT_EQ(segment.row(i).model, rows[i].row.model);
    EXPECT_EQ(segment.row(i).vector, rows[i].row.vector);
    for (std::size_t f = 0; f < kFields; ++f) {
      EXPECT_EQ(segment.length(static_cast<Field>(f), i), rows[i].terms[f].terms.size());
      lengths[f] += rows[i].terms[f].terms.size();
    }
  }
  for (std::size_t f = 0; f < kFields; ++f) EXPECT_EQ(segment.total_length(static_cast<Field>(f)), lengths[f]);
  const auto lists = expected(rows);
  ASSERT_EQ(segment.terms(), lists.size());
  std::size_t number = 0;
  for (const auto& [key, places] : lists) {
    const auto& [field, term] = key;
    EXPECT_EQ(segment.term(number), term);
    EXPECT_EQ(segment.field_of(number), field);
    ++number;
    const std::optional<PostingList> list = segment.find(term, field);
    ASSERT_TRUE(list) << term;
    EXPECT_EQ(list->count(), places.size());
    EXPECT_EQ(read_places(*list), places) << term;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> read, wanted;
    for (const Posting& posting : segment.postings(term, field)) read.emplace_back(posting.row, posting.frequency);
    for (const auto& [row, positions] : places) wanted.emplace_back(row, positions.size());
    EXPECT_EQ(read, wanted) << term;
  }
  const std::vector<RowDigest> digests = segment.digests().value();
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(digests[i], digest_of(rows[i].terms));
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
    EXPECT_FALSE(segment->find("w0", Field::name));
  }
}

TEST(Segment, ACursorFindsARowAndItsPlacesWithoutTheRowsBefore) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const std::vector<TestRow> rows = random_rows(21, 1500);
  const std::shared_ptr<const Segment> segment =
      Segment::open(folder.path(), build(rows, folder.path()).value().name).value();
  Random random(22);
  std::vector<std::uint32_t> positions;
  for (const auto& [key, places] : expected(rows)) {
    PostingCursor cursor(*segment->find(key.second, key.first));
    std::uint64_t wanted = 0;
    while (true) {
      wanted += random.below(random.below(4) == 0 ? 400 : 6);
      cursor.advance_to(wanted);
      const auto found =
          std::find_if(places.begin(), places.end(), [&](const auto& one) { return one.first >= wanted; });
      if (found == places.end()) break;
      ASSERT_EQ(cursor.row(), found->first);
      wanted = found->first;
      if (random.below(2) == 0) continue;
      ASSERT_TRUE(cursor.positions(positions));
      ASSERT_EQ(positions, found->second);
      ASSERT_TRUE(cursor.positions(positions));  // as often as one likes
      ASSERT_EQ(positions, found->second);
    }
    EXPECT_EQ(cursor.row(), PostingCursor::kEnd);
    cursor.advance_to(wanted + 1);
    EXPECT_EQ(cursor.row(), PostingCursor::kEnd);
  }
}

TEST(Segment, TermsThatBeginAlikeAreARange) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  RowTerms terms = body({"ab", "abc", "abd", "b", "도서", "도서관"});
  terms[1] = {{"abx"}, {0}};
  const std::shared_ptr<const Segment> segment =
      Segment::open(folder.path(), build({{{1, 1, 0, 0, 0}, terms}}, folder.path()).value().name).value();
  const auto found = [&](Field field, std::string_view prefix) {
    Terms read;
    const auto [first, last] = segment->prefix_range(field, prefix);
    for (std::size_t i = first; i < last; ++i) read.emplace_back(segment->term(i));
    return read;
  };
  EXPECT_EQ(found(Field::body, "ab"), (Terms{"ab", "abc", "abd"}));
  EXPECT_EQ(found(Field::body, "abc"), (Terms{"abc"}));
  EXPECT_EQ(found(Field::body, "도서"), (Terms{"도서", "도서관"}));
  EXPECT_EQ(found(Field::body, "").size(), 6U);
  EXPECT_EQ(found(Field::title, "ab"), (Terms{"abx"}));
  for (const char* none : {"aa", "abe", "c", "\xff"}) EXPECT_TRUE(found(Field::body, none).empty()) << none;
  EXPECT_TRUE(found(Field::name, "").empty());
}

TEST(Segment, BlocksSayWhichRowsTheyHold) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  std::vector<TestRow> rows;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    rows.push_back({{i + 1, i + 1, 0, 0, 0}, body(i % 3 == 0 ? Terms{"often", "often"} : Terms{"other"})});
  }
  const std::shared_ptr<const Segment> segment =
      Segment::open(folder.path(), build(rows, folder.path()).value().name).value();
  const PostingList list = *segment->find("often");
  ASSERT_EQ(list.blocks(), 3U);
  PostingList::Block block;
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    const std::size_t count = list.decode(b, block);
    ASSERT_EQ(count, b < 2 ? 128U : 334U - 256U);
    EXPECT_LE(list.first_row(b), block.rows[0]);
    EXPECT_EQ(list.last_row(b), block.rows[count - 1]);
    EXPECT_EQ(list.block_of(block.rows[0], 0), b);
    EXPECT_EQ(list.block_of(block.rows[count - 1], 0), b);
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
  const SegmentFile file = build(random_rows(3, 1), folder.path()).value();
  const std::string path = join_path(folder.path(), file.name + ".seg");
  const std::string good = read_file(path).value();
  std::uint64_t postings = 0;
  std::memcpy(&postings, good.data() + 80, 8);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    ASSERT_TRUE(write_file(path, bad));
    const Result<std::shared_ptr<const Segment>> opened = Segment::open(folder.path(), file.name);
    if (i < postings) {
      ASSERT_FALSE(opened) << i;
      const bool version = i == 7 && bad[i] >= '1' && bad[i] <= '9';
      EXPECT_EQ(opened.error().code(), version ? Code::unsupported : Code::corrupt);
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
  const SegmentFile file = build(random_rows(4, 1), folder.path()).value();
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
  std::memcpy(&postings, good.data() + 80, 8);
  std::vector<RowDigest> truth;
  for (const TestRow& one : rows) truth.push_back(digest_of(one.terms));
  Random random(6);
  for (int round = 0; round < 500; ++round) {
    std::string bad = good;
    const std::size_t at = postings + random.below(bad.size() - postings);
    bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(255)));
    ASSERT_TRUE(write_file(path, bad));
    const std::shared_ptr<const Segment> segment = Segment::open(folder.path(), file.name).value();
    for (std::size_t i = 0; i < segment->terms(); ++i) {  // whatever it says: rows that are there, in order
      std::vector<std::uint32_t> positions;
      std::uint64_t last = 0;
      for (PostingCursor cursor(segment->list(i)); cursor.row() != PostingCursor::kEnd; cursor.next()) {
        ASSERT_LT(cursor.row(), rows.size());
        ASSERT_GE(cursor.row(), last);
        last = cursor.row();
        const bool read = cursor.positions(positions);
        ASSERT_EQ(positions.size(), read ? cursor.frequency() : 0);
      }
    }
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

TEST(Segment, AFileOfAnotherFormatSaysWhatToDo) {
  const TemporaryFolder folder = TemporaryFolder::make("segment").value();
  const SegmentFile file = build(random_rows(3, 4), folder.path()).value();
  const std::string path = join_path(folder.path(), file.name + ".seg");
  std::string old = read_file(path).value();
  old[7] = '1';
  ASSERT_TRUE(write_file(path, old));
  const Error error = Segment::open(folder.path(), file.name).error();
  EXPECT_EQ(error.code(), Code::unsupported);
  EXPECT_NE(error.message().find("the next `naru run` builds it anew"), std::string::npos) << error.message();
}

TEST(RowDigest, KnowsTermsFieldsAndPlacesAndNotTheirOrder) {
  const auto of = [](const PlacedTerms& body, const PlacedTerms& title) {
    RowTerms terms;
    terms[0] = body;
    terms[1] = title;
    return digest_of(terms);
  };
  const RowDigest one = of({{"a", "b", "a"}, {0, 1, 2}}, {});
  EXPECT_EQ(one, of({{"a", "a", "b"}, {0, 2, 1}}, {}));
  EXPECT_FALSE(one == of({{"a", "b", "b"}, {0, 1, 2}}, {}));
  EXPECT_FALSE(one == of({{"a", "b", "a"}, {0, 1, 3}}, {}));
  EXPECT_FALSE(one == of({{"a", "a", "b"}, {0, 1, 2}}, {}));
  EXPECT_FALSE(one == of({{"a", "b"}, {0, 1}}, {{"a"}, {2}}));
  EXPECT_FALSE(of({{"a"}, {0}}, {}) == of({{"a", "a"}, {0, 0}}, {}));
}

}  // namespace
}  // namespace naru
