#include "retrieve/retriever.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "runtime/random.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Page;

TemporaryFolder folder() { return *TemporaryFolder::make("naru-retriever-"); }

SearchRequest typed(const std::string& query) {
  SearchRequest request;
  request.query = query;
  request.reading = QueryReading::syntax;
  request.repair = true;
  return request;
}

TEST(Retriever, AnythingTypedIsAnsweredOrTooLong) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  ASSERT_TRUE(desk.put({{"a.txt", {{"The pump runs at night.", "도서관 이용 안내, 연차 휴가"}, {}}}}).has_value());
  const std::unique_ptr<Embedder> embedder = make_stub_embedder();
  Retriever retriever(desk.store(), embedder.get(), {});
  constexpr std::array<std::string_view, 24> kPieces = {
      "pump", "도서관", "연차휴가", "gksrmf", "ㄷㅅㄱ", "retreival", "+",   "-",    "\"",  "“",   "”",       "(",
      ")",    " ",      "AND",      "OR",     "NOT",    "title:",    "*",   "file:", ":",  "\xff", "ㅗ디ㅣㅐ",      "나 루"};
  Random random(7);
  for (int i = 0; i < 1500; ++i) {
    std::string query = "x";
    for (std::uint64_t n = random.below(9); n > 0; --n) query += kPieces[random.below(kPieces.size())];
    SearchRequest request = typed(query);
    request.collapse = random.below(2) == 0;
    request.per_document = random.below(2);
    const Result<SearchResult> result = retriever.search(request, Principal::owner(), {});
    ASSERT_TRUE(result.has_value()) << query << ": " << result.error().message();
  }
  EXPECT_EQ(retriever.search(typed(std::string(1 << 20, 'x')), Principal::owner(), {}).error().code(),
            Code::invalid_argument);
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += std::to_string(i) + " ";
  many.resize(kQueryBytesMax);
  EXPECT_EQ(retriever.search(typed(many), Principal::owner(), {}).error().code(), Code::invalid_argument);
}

TEST(Retriever, AConditionRemovesHitsAndReordersNone) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  desk.set_embed(false);
  Random random(8);
  testing::Pages pages;
  for (int i = 0; i < 30; ++i) {
    std::string text;
    for (int n = 0; n < 8; ++n) text += "w" + std::to_string(random.below(12)) + " ";
    pages["d" + std::to_string(i)] = {{text}, {}};
  }
  ASSERT_TRUE(desk.put(pages).has_value());
  Retriever retriever(desk.store(), nullptr, {});
  SearchRequest plain = typed("w1 w2 w3");
  plain.k = 100;
  const SearchResult all = *retriever.search(plain, Principal::owner(), {});
  SearchRequest narrowed = typed("+w1 w2 w3 -w4");
  narrowed.k = 100;
  const SearchResult some = *retriever.search(narrowed, Principal::owner(), {});
  ASSERT_FALSE(some.hits.empty());
  ASSERT_LT(some.hits.size(), all.hits.size());
  std::size_t at = 0;
  for (const Hit& hit : some.hits) {
    while (at < all.hits.size() && all.hits[at].chunk.row != hit.chunk.row) ++at;
    ASSERT_LT(at, all.hits.size());
    EXPECT_EQ(all.hits[at].score, hit.score);
  }
}

TEST(Retriever, ARepairProposesNothingThatMayNotBeRead) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  Page open{{"a pump"}, {}}, closed{{"Zanzibar 비밀문서 pumpernickel"}, {}};
  open.label.access = {"group:staff"};
  ASSERT_TRUE(desk.put({{"open.txt", open}, {"closed.txt", closed}}).has_value());
  Retriever retriever(desk.store(), nullptr, {});
  const Principal kim = Principal::of("kim", {"staff"});
  for (const char* query : {"zanzibra", "ㅂㅁㅁㅅ", "qlalfanstj", "pumpernickle", "비밀 문서", "pumper*", "zanzibar"}) {
    const SearchResult mine = *retriever.search(typed(query), kim, {});
    EXPECT_TRUE(mine.repairs.empty()) << query;
    EXPECT_TRUE(mine.hits.empty()) << query;
  }
  EXPECT_EQ(retriever.search(typed("zanzibra"), Principal::owner(), {})->repairs.size(), 1U);
  EXPECT_EQ(retriever.search(typed("qlalfanstj"), Principal::owner(), {})->repairs.size(), 1U);
  // What may not be read looks like what is not there.
  const Result<DocumentExplanation> hidden = retriever.explain(typed("pump"), "closed.txt", kim, {});
  const Result<DocumentExplanation> absent = retriever.explain(typed("pump"), "absent.txt", kim, {});
  ASSERT_FALSE(hidden.has_value());
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(hidden.error().code(), absent.error().code());
}

TEST(Retriever, AnExplanationTellsTheRankOfTheSearchItself) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  Random random(9);
  testing::Pages pages;
  for (int i = 0; i < 20; ++i) {
    std::string text = "pump";
    for (int n = 0; n < 6; ++n) text += " w" + std::to_string(random.below(9));
    pages["d" + std::to_string(i)] = {{text}, {}};
  }
  ASSERT_TRUE(desk.put(pages).has_value());
  const std::unique_ptr<Embedder> embedder = make_stub_embedder();
  Retriever retriever(desk.store(), embedder.get(), {});
  SearchRequest request = typed("w1 w2 pump");
  const SearchResult result = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(result.hits.size(), 10U);
  std::set<std::string> returned;
  for (const Hit& hit : result.hits) {
    returned.insert(hit.chunk.doc);
    const DocumentExplanation explained = *retriever.explain(request, hit.chunk.doc, Principal::owner(), {});
    EXPECT_EQ(explained.rank, hit.rank);
    EXPECT_EQ(explained.chunks.front().fused->rank, hit.rank);
    EXPECT_EQ(explained.chunks.front().fused->score, hit.score);
    EXPECT_EQ(explained.chunks.front().lexical->score, *hit.lexical);
  }
  for (const auto& [key, page] : pages) {
    if (returned.contains(key)) continue;
    EXPECT_FALSE(retriever.explain(request, key, Principal::owner(), {})->rank.has_value()) << key;
  }
}

}  // namespace
}  // namespace naru
