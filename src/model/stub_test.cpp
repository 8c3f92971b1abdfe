#include "model/stub.h"

#include <gtest/gtest.h>

#include <cmath>

namespace naru {
namespace {

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST(StubEmbedder, GivesUnitVectorsThatAreNearForAlikeTexts) {
  const auto embedder = make_stub_embedder();
  const std::vector<std::string> texts = {"책은 14일 동안 빌릴 수 있다", "책은 14일 동안 빌린다", "the kernel boots", ""};
  const auto vectors = embedder->embed(texts, TextRole::passage, {});
  ASSERT_TRUE(vectors.has_value());
  for (const auto& vector : *vectors) EXPECT_NEAR(cosine(vector, vector), 1.0, 1e-5);
  EXPECT_GT(cosine((*vectors)[0], (*vectors)[1]), cosine((*vectors)[0], (*vectors)[2]) + 0.2);
}

TEST(StubEmbedder, GivesTheSameVectorForTheSameTextInAnyBatch) {
  const auto embedder = make_stub_embedder();
  const std::vector<std::string> one = {"alpha beta"}, two = {"gamma", "alpha beta"};
  EXPECT_EQ((*embedder->embed(one, TextRole::passage, {}))[0], (*embedder->embed(two, TextRole::query, {}))[1]);
}

TEST(StubGenerator, AnswersWithTheSentenceThatSharesMostWords) {
  const auto generator = make_stub_generator();
  GenerateRequest request;
  request.question = "How many books can I borrow?";
  request.passages = {"The library opens at nine. You can borrow seven books. Cats sleep."};
  const auto generation = generator->generate(request, {}, {});
  ASSERT_TRUE(generation.has_value());
  EXPECT_EQ(generation->text, "You can borrow seven books.");
}

}  // namespace
}  // namespace naru
