#include "retrieve/retriever.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
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

TEST(Retriever, AStressedWordCountsForMoreThanTheOthersTogether) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  desk.set_embed(false);
  ASSERT_TRUE(desk.put({{"pier.txt", {{"The ferry leaves the pier."}, {}}},
                        {"light.txt", {{"The lighthouse is white."}, {}}}}).has_value());
  Retriever retriever(desk.store(), nullptr, {});
  SearchRequest request;
  request.query = "ferry pier lighthouse";
  EXPECT_EQ(retriever.search(request, Principal::owner(), {})->hits.front().chunk.doc, "pier.txt");
  request.stress = "lighthouse";
  EXPECT_EQ(retriever.search(request, Principal::owner(), {})->hits.front().chunk.doc, "light.txt");
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

TEST(Retriever, WordsOfAnotherScriptAreBelievedLess) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  testing::Pages korean, english;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(i);
    korean["k" + number] = {{"kubelet 설정에서 클러스터 도메인을 바꾸는 방법 " + number + "번입니다."}, {}};
    english["e" + number] = {{"How to change the cluster domain in the kubelet settings, way " + number + "."}, {}};
  }
  ASSERT_TRUE(desk.put(korean).has_value());
  const std::unique_ptr<Embedder> embedder = make_stub_embedder();
  Retriever::Options options;
  options.weights = FusionWeights{};  // those of models that know meaning
  Retriever retriever(desk.store(), embedder.get(), options);
  const auto trust = [&](const std::string& query) {
    return *retriever.search(typed(query), Principal::owner(), {})->match;
  };
  const double foreign = trust("kubelet"), own = trust("도메인");
  EXPECT_GT(own, 0.5);
  EXPECT_LT(foreign, own / 2);
  EXPECT_EQ(trust("+kubelet"), 1.0);  // who names a word means the word
  EXPECT_FALSE(retriever.search(typed("kubelet"), Principal::of("kim", {}), {})->match.has_value());
  ASSERT_TRUE(desk.remove({"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"}).has_value());
  ASSERT_TRUE(desk.put(english).has_value());
  EXPECT_GT(trust("kubelet"), 0.5);
}

TEST(Retriever, ContextChangesNoHitAndNoOrder) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  ASSERT_TRUE(desk.put({{"a.txt", {{"one pump", "two", "three pump", "four", "five"}, {}}},
                        {"b.txt", {{"a pump alone"}, {}}}}).has_value());
  const std::unique_ptr<Embedder> embedder = make_stub_embedder();
  Retriever retriever(desk.store(), embedder.get(), {});
  SearchRequest request = typed("pump");
  const SearchResult bare = *retriever.search(request, Principal::owner(), {});
  request.context = ContextWanted{1, false};
  const SearchResult around = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(bare.hits.size(), around.hits.size());
  for (std::size_t i = 0; i < bare.hits.size(); ++i) {
    EXPECT_EQ(bare.hits[i].chunk.row, around.hits[i].chunk.row);
    EXPECT_EQ(bare.hits[i].score, around.hits[i].score);
    EXPECT_FALSE(bare.hits[i].context.has_value());
    const ChunkContext& context = *around.hits[i].context;
    EXPECT_TRUE(context.whole);
    EXPECT_EQ(context.text.substr(context.start, context.end - context.start), around.hits[i].chunk.text);
  }
  const auto of = [&](const std::string& text) {
    for (const Hit& hit : around.hits) {
      if (hit.chunk.text == text) return hit.context->text;
    }
    return std::string();
  };
  EXPECT_EQ(of("one pump"), "one pump\n\ntwo");
  EXPECT_EQ(of("three pump"), "two\n\nthree pump\n\nfour");
  EXPECT_EQ(of("a pump alone"), "a pump alone");
}

TEST(Retriever, ContextEndsWithTheSectionAndAtItsLimit) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  desk.set_embed(false);
  ChangeSet changes = desk.change({{"a.txt", {{"intro", "one pump", "two", "next"}, {}}},
                                   {"long.txt", {std::vector<std::string>(40, std::string(999, 'x') + " motor"), {}}}});
  for (DocumentUpsert& upsert : changes.upserts) {
    if (upsert.item.key != "a.txt") continue;
    upsert.chunks[1].heading_path = upsert.chunks[2].heading_path = {"Pumps"};
    upsert.chunks[3].heading_path = {"Lamps"};
  }
  ASSERT_TRUE(desk.apply(changes).has_value());
  Retriever retriever(desk.store(), nullptr, {});
  SearchRequest request = typed("pump");
  request.context = ContextWanted{0, true};
  const ChunkContext section = *retriever.search(request, Principal::owner(), {})->hits.front().context;
  EXPECT_EQ(section.text, "one pump\n\ntwo");
  EXPECT_EQ(section.first, 1U);
  EXPECT_EQ(section.last, 2U);
  request = typed("motor");
  request.k = 40;
  request.context = ContextWanted{0, true};
  const SearchResult cut = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(cut.hits.size(), 40U);
  for (const Hit& hit : cut.hits) {
    const ChunkContext& context = *hit.context;
    EXPECT_FALSE(context.whole);
    EXPECT_LE(context.text.size(), kContextBytesMax);
    EXPECT_GT(context.text.size(), kContextBytesMax / 2);
    EXPECT_LE(context.first, hit.chunk.number);
    EXPECT_GE(context.last, hit.chunk.number);
  }
}

TEST(Retriever, DiversePassagesComeFirstAndNoneGoes) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  desk.set_embed(false);
  testing::Pages pages;
  for (int i = 0; i < 8; ++i) {
    pages["same" + std::to_string(i)] = {{"pump pump runs at night number" + std::to_string(i)}, {}};
  }
  pages["z"] = {{"a pump is oiled by the workshop in spring"}, {}};
  ASSERT_TRUE(desk.put(pages).has_value());
  Retriever retriever(desk.store(), nullptr, {});
  SearchRequest request = typed("pump");
  request.k = 9;
  const SearchResult plain = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(plain.hits.size(), 9U);
  EXPECT_EQ(plain.hits.back().chunk.doc, "z");
  EXPECT_FALSE(plain.hits.back().likeness.has_value());
  request.diversity = 0.7;
  const SearchResult diverse = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(diverse.hits.size(), 9U);
  EXPECT_EQ(diverse.hits[0].chunk.row, plain.hits[0].chunk.row);
  EXPECT_EQ(diverse.hits[1].chunk.doc, "z");
  EXPECT_EQ(diverse.hits[1].rank, 2U);
  EXPECT_EQ(diverse.hits[1].likeness->rank, 9U);
  EXPECT_LT(diverse.hits[1].likeness->to_those_above, diverse.hits[2].likeness->to_those_above);
  std::set<std::uint64_t> before, after;
  for (const Hit& hit : plain.hits) before.insert(hit.chunk.row);
  for (const Hit& hit : diverse.hits) after.insert(hit.chunk.row);
  EXPECT_EQ(before, after);
  // Fewer are the first of more.
  request.k = 3;
  const SearchResult few = *retriever.search(request, Principal::owner(), {});
  ASSERT_EQ(few.hits.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(few.hits[i].chunk.row, diverse.hits[i].chunk.row);
  for (const double wrong : {-0.1, 1.1, std::nan("")}) {
    request.diversity = wrong;
    EXPECT_EQ(retriever.search(request, Principal::owner(), {}).error().code(), Code::invalid_argument);
  }
}

TEST(Retriever, TheNameOfAWordListIsItsOwners) {
  const TemporaryFolder place = folder();
  Desk desk(place.path());
  desk.set_embed(false);
  Label everyone;
  everyone.access = {"everyone"};
  ASSERT_TRUE(desk.put({{"a.txt", {{"a pump"}, everyone}}}).has_value());
  auto lists = std::make_shared<WordLists>();
  lists->add_version(word_list_version("synonyms", "/home/boss/synonyms.txt", "# version: 3\nmotor, pump\n"));
  Retriever::Options options;
  options.words = lists;
  Retriever retriever(desk.store(), nullptr, options);
  const SearchResult own = *retriever.search(typed("pump"), Principal::owner(), {});
  const SearchResult other = *retriever.search(typed("pump"), Principal::of("kim", {}), {});
  ASSERT_EQ(other.word_lists.size(), 1U);
  EXPECT_EQ(own.word_lists[0].file, "/home/boss/synonyms.txt");
  EXPECT_EQ(other.word_lists[0].file, "");
  EXPECT_EQ(other.word_lists[0].version, "3");
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
