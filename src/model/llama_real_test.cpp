// The pulled models, where they are here; each test names what it misses. The tiny models of the other tests know
// nothing.
#include <gtest/gtest.h>

#include "model/catalogue.h"
#include "model/llama_testing.h"
#include "model/open.h"

namespace naru {
namespace {

// Whether the model of that name is here.
bool is_here(const std::string& name) {
  const auto entry = find_entry(name);
  return entry && find_pulled(**entry).has_value();
}

ModelSpec local(const std::string& name) {
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::local;
  spec.name = name;
  return spec;
}

#define NARU_NEEDS_MODEL(NAME) \
  if (!is_here(NAME)) GTEST_SKIP() << "the model " NAME " is not here: naru models pull " NAME

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST(RealModel, DefaultEmbedderFindsAcrossKoreanAndEnglish) {
  NARU_NEEDS_MODEL("default-embed");
  const auto embedder = open_embedder(local("default"));
  ASSERT_TRUE(embedder.has_value()) << embedder.error().describe();
  EXPECT_FALSE((*embedder)->info().english_only);
  // Each query against passages of the other language: the right one and a wrong one. (Across languages at once this
  // small model prefers its query's own.)
  struct Case {
    std::string query, right, wrong;
  };
  const std::vector<Case> cases = {
      {"where does a boat land to cross the river?", "나루는 강을 건너는 배가 닿는 곳이다.",
       "커널은 부팅할 때 디스크를 읽는다."},
      {"책은 며칠 동안 빌릴 수 있나?", "The library lends books for 14 days.",
       "The kernel reads the disk when it boots."},
  };
  for (const Case& one : cases) {
    const std::vector<std::string> passages = {one.right, one.wrong};
    const auto p = (*embedder)->embed(passages, TextRole::passage, {});
    const auto q = (*embedder)->embed(std::span(&one.query, 1), TextRole::query, {});
    ASSERT_TRUE(p.has_value() && q.has_value());
    EXPECT_GT(cosine((*q)[0], (*p)[0]), cosine((*q)[0], (*p)[1])) << one.query;
  }
}

TEST(RealModel, DefaultEmbedderGivesTheSameBitsInAnyBatch) {
  NARU_NEEDS_MODEL("default-embed");
  const auto embedder = open_embedder(local("default"));
  ASSERT_TRUE(embedder.has_value());
  std::vector<std::string> texts;
  for (int words = 1; words < 400; words = words * 2 + 5) {
    std::string& text = texts.emplace_back();
    for (int i = 0; i < words; ++i) text += i % 3 == 0 ? "나루 " : "ferry ";
  }
  const auto together = (*embedder)->embed(texts, TextRole::passage, {});
  ASSERT_TRUE(together.has_value());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto alone = (*embedder)->embed(std::span(&texts[i], 1), TextRole::passage, {});
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ((*alone)[0], (*together)[i]) << i;
  }
}

TEST(RealModel, SmallEmbedderSaysThatItKnowsOnlyEnglish) {
  NARU_NEEDS_MODEL("small-embed");
  const auto embedder = open_embedder(local("small"));
  ASSERT_TRUE(embedder.has_value()) << embedder.error().describe();
  EXPECT_TRUE((*embedder)->info().english_only);
}

TEST(RealModel, TinyChatAnswersFromItsPassage) {
  NARU_NEEDS_MODEL("tiny-chat");
  const auto generator = open_generator(local("tiny"));
  ASSERT_TRUE(generator.has_value()) << generator.error().describe();
  GenerateRequest request;
  request.messages = {
      {"user", "The library lends books for 14 days.\n\nFor how many days does the library lend books?"}};
  request.max_tokens = 30;
  const auto answer = (*generator)->generate(request, {}, {});
  ASSERT_TRUE(answer.has_value()) << answer.error().describe();
  EXPECT_NE(answer->text.find("14"), std::string::npos) << answer->text;
  EXPECT_EQ(answer->finish_reason, "stop");
}

TEST(RealModel, SmallChatAnswersInKorean) {
  NARU_NEEDS_MODEL("small-chat");
  const auto generator = open_generator(local("small"));
  ASSERT_TRUE(generator.has_value()) << generator.error().describe();
  GenerateRequest request;
  request.messages = {{"user", "대한민국의 수도는 어디야?"}};
  request.max_tokens = 30;
  const auto answer = (*generator)->generate(request, {}, {});
  ASSERT_TRUE(answer.has_value());
  EXPECT_NE(answer->text.find("서울"), std::string::npos) << answer->text;
}

TEST(RealModel, TinyChatReadsAPromptToTheSameBitsInAnyNumberOfPieces) {
  NARU_NEEDS_MODEL("tiny-chat");
  const auto model = LlamaModel::open(*find_pulled(**find_entry("tiny-chat")), LlamaPart::whole);
  ASSERT_TRUE(model.has_value()) << model.error().describe();
  testing::expect_equal_pieces(*model);
}

}  // namespace
}  // namespace naru
