#include <gtest/gtest.h>

#include <cmath>

#include "model/llama.h"
#include "model/llama_context.h"
#include "model/llama_testing.h"
#include "runtime/thread.h"

namespace naru {
namespace {

using testing::TemporaryModel;
using testing::tiny_chat_bytes;
using testing::tiny_embedder_bytes;

std::unique_ptr<Embedder> open_tiny(const TemporaryModel& model) {
  auto embedder = open_llama_embedder(
      {.path = model.path(), .name = "tiny", .query_prefix = "query: ", .passage_prefix = "passage: "});
  EXPECT_TRUE(embedder.has_value()) << embedder.error().describe();
  return embedder ? std::move(*embedder) : nullptr;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

std::vector<float> embed_one(Embedder& embedder, const std::string& text, TextRole role = TextRole::passage) {
  auto vectors = embedder.embed(std::span(&text, 1), role, {});
  EXPECT_TRUE(vectors.has_value()) << vectors.error().describe();
  return vectors ? (*vectors)[0] : std::vector<float>();
}

// Short, long enough for flash attention, and longer than the context of 128.
std::vector<std::string> texts_of_all_lengths() {
  std::vector<std::string> texts = {"", "the boat", "나루", "the ferry, the river."};
  for (const int words : {10, 60, 65, 100, 121, 130, 400}) {
    std::string& text = texts.emplace_back();
    for (int i = 0; i < words; ++i) text += std::string(1, static_cast<char>('a' + (i * 7 + words) % 26)) + " ";
  }
  return texts;
}

TEST(LlamaEmbedder, GivesUnitVectorsForTextsOfAnyLength) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  EXPECT_EQ(embedder->info().dims, testing::kTinyWidth);
  EXPECT_EQ(embedder->info().context_tokens, testing::kTinyEmbedContext);
  const auto vectors = embedder->embed(texts_of_all_lengths(), TextRole::passage, {});
  ASSERT_TRUE(vectors.has_value()) << vectors.error().describe();
  ASSERT_EQ(vectors->size(), texts_of_all_lengths().size());
  for (const auto& vector : *vectors) {
    ASSERT_EQ(vector.size(), testing::kTinyWidth);
    EXPECT_NEAR(cosine(vector, vector), 1.0, 1e-5);
  }
}

TEST(LlamaEmbedder, GivesTheSameVectorToTheBitWhateverIsInTheBatch) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  std::vector<std::string> texts = texts_of_all_lengths();
  const auto together = embedder->embed(texts, TextRole::passage, {});
  ASSERT_TRUE(together.has_value());
  for (std::size_t i = texts.size(); i-- > 0;) EXPECT_EQ(embed_one(*embedder, texts[i]), (*together)[i]) << i;
}

TEST(LlamaEmbedder, GivesManyCallersAtOnceWhatItGivesOne) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  const std::vector<std::string> texts = texts_of_all_lengths();
  const auto alone = embedder->embed(texts, TextRole::passage, {});
  ASSERT_TRUE(alone.has_value());
  constexpr std::size_t kCallers = 4, kCalls = 40;
  std::vector<int> wrong(kCalls);
  parallel_for(kCalls, kCallers, [&](std::size_t call) {
    const std::size_t at = call % texts.size();
    const auto vectors = embedder->embed(std::span(&texts[at], 1), TextRole::passage, {});
    wrong[call] = !vectors || (*vectors)[0] != (*alone)[at];
  });
  EXPECT_EQ(std::count(wrong.begin(), wrong.end(), 1), 0);
}

TEST(LlamaEmbedder, PutsTheRolesPrefixBeforeEachWindow) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  const auto plain = open_llama_embedder({.path = model.path(), .name = "plain"});
  ASSERT_TRUE(embedder != nullptr && plain.has_value());
  for (const std::string& text : texts_of_all_lengths()) {
    const auto as_query = embed_one(*embedder, text, TextRole::query);
    EXPECT_NE(as_query, embed_one(*embedder, text, TextRole::passage)) << text;
    EXPECT_NE(as_query, embed_one(**plain, text)) << text;
  }
  EXPECT_EQ(embed_one(*embedder, "the boat", TextRole::query), embed_one(**plain, "query: the boat"));
}

TEST(LlamaEmbedder, AveragesTheWindowsOfALongText) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto plain = open_llama_embedder({.path = model.path(), .name = "plain"});
  ASSERT_TRUE(plain.has_value());
  std::string half;
  for (int i = 0; i < 63; ++i) half += "boat ";
  // 252 words are two windows of 126 beside the begin and end tokens, both of the same words.
  const auto one = embed_one(**plain, half + half), two = embed_one(**plain, half + half + half + half);
  EXPECT_NEAR(cosine(one, two), 1.0, 1e-5);
  std::string other;
  for (int i = 0; i < 126; ++i) other += "river ";
  const auto mixed = embed_one(**plain, half + half + other);
  EXPECT_NEAR(cosine(mixed, one), cosine(mixed, embed_one(**plain, other)), 1e-4);
}

TEST(LlamaEmbedder, ReadsDecomposedHangulAsComposed) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  EXPECT_EQ(embed_one(*embedder, "나루"), embed_one(*embedder, "\u1102\u1161\u1105\u116e"));
  EXPECT_EQ(embed_one(*embedder, "\xff"), embed_one(*embedder, "\ufffd"));
}

TEST(LlamaEmbedder, StopsWhenItIsAskedTo) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  std::stop_source source;
  source.request_stop();
  const auto stopped = embedder->embed(texts_of_all_lengths(), TextRole::passage, source.get_token());
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code(), Code::cancelled);
  EXPECT_EQ(embed_one(*embedder, "the boat").size(), testing::kTinyWidth);
}

TEST(LlamaEmbedder, RefusesATextThatShouldHaveBeenChunked) {
  const TemporaryModel model(tiny_embedder_bytes());
  const auto embedder = open_tiny(model);
  ASSERT_NE(embedder, nullptr);
  const std::string text((1U << 20) + 1, 'a');
  const auto refused = embedder->embed(std::span(&text, 1), TextRole::passage, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::limit_exceeded);
}

TEST(LlamaEmbedder, HasAFingerprintOfEverythingThatChangesVectors) {
  const TemporaryModel model(tiny_embedder_bytes());
  const LlamaOptions options = {.path = model.path(), .name = "tiny", .weights_sha256 = "aa", .query_prefix = "q: "};
  LlamaOptions other_weights = options, other_prefix = options, other_window = options, other_name = options;
  other_weights.weights_sha256 = "bb";
  other_prefix.passage_prefix = "q: ";
  other_window.context_tokens = 64;
  other_name.name = "renamed";
  const auto fingerprint = [](const LlamaOptions& wanted) {
    return (*open_llama_embedder(wanted))->info().fingerprint;
  };
  for (const LlamaOptions& other : {other_weights, other_prefix, other_window}) {
    EXPECT_NE(fingerprint(other), fingerprint(options));
  }
  EXPECT_EQ(fingerprint(other_name), fingerprint(options));
}

TEST(LlamaEmbedder, IsNotMadeOfAChatModel) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto embedder = open_llama_embedder({.path = model.path(), .name = "tiny"});
  ASSERT_FALSE(embedder.has_value());
  EXPECT_EQ(embedder.error().code(), Code::invalid_argument);
}

TEST(LlamaContext, RefusesEveryBatchThatTheLibraryWouldEndTheProcessOver) {
  const TemporaryModel file(tiny_embedder_bytes());
  auto model = LlamaModel::open(file.path(), LlamaPart::whole);
  ASSERT_TRUE(model.has_value());
  constexpr std::uint32_t kTokens = 32;
  auto context =
      LlamaContext::open(*model, {.use = LlamaUse::embed, .context_tokens = kTokens, .batch_tokens = kTokens});
  ASSERT_TRUE(context.has_value());
  const auto code_of = [&](const std::vector<llama_token>& tokens) {
    const auto vector = (*context)->embed(tokens, {});
    return vector ? std::string("ok") : std::string(code_name(vector.error().code()));
  };
  EXPECT_EQ(code_of({}), "limit_exceeded");
  EXPECT_EQ(code_of({-1}), "invalid_argument");
  EXPECT_EQ(code_of({static_cast<llama_token>((*model)->vocabulary_size())}), "invalid_argument");
  EXPECT_EQ(code_of(std::vector<llama_token>(kTokens + 1, 5)), "limit_exceeded");
  EXPECT_EQ(code_of(std::vector<llama_token>(kTokens, 5)), "ok");
  EXPECT_EQ(code_of({5}), "ok");
}

TEST(LlamaContext, RefusesSizesThatMakeNoSense) {
  const TemporaryModel file(tiny_embedder_bytes());
  auto model = LlamaModel::open(file.path(), LlamaPart::whole);
  ASSERT_TRUE(model.has_value());
  for (const auto& [context_tokens, batch_tokens, threads] :
       {std::tuple{0U, 0U, 1U}, std::tuple{16U, 32U, 1U}, std::tuple{32U, 32U, 0U}, std::tuple{32U, 32U, 100'000U}}) {
    const auto context = LlamaContext::open(
        *model,
        {.use = LlamaUse::embed, .context_tokens = context_tokens, .batch_tokens = batch_tokens, .threads = threads});
    ASSERT_FALSE(context.has_value());
    EXPECT_EQ(context.error().code(), Code::invalid_argument);
  }
}

TEST(LlamaModel, IsLoadedOnceWhileAnybodyHoldsIt) {
  const TemporaryModel file(tiny_embedder_bytes());
  const auto first = LlamaModel::open(file.path(), LlamaPart::whole);
  const auto vocabulary = LlamaModel::open(file.path(), LlamaPart::vocabulary);
  ASSERT_TRUE(first.has_value() && vocabulary.has_value());
  EXPECT_EQ(first->get(), vocabulary->get());
}

TEST(LlamaModel, SaysWhyAFileIsNoModel) {
  const TemporaryModel file("GGUF but not really");
  const auto model = LlamaModel::open(file.path(), LlamaPart::whole);
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code(), Code::corrupt);
  EXPECT_NE(model.error().describe().find("tiny.gguf"), std::string::npos);
  EXPECT_EQ(LlamaModel::open(file.path() + ".gone", LlamaPart::whole).error().code(), Code::not_found);
}

TEST(LlamaTokenizer, GivesBackTheTextThatItEncoded) {
  const TemporaryModel file(tiny_chat_bytes());
  const auto tokenizer = open_llama_tokenizer({.path = file.path(), .name = "tiny"});
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().describe();
  for (const std::string text : {"the ferry", "나루는 강을 건넌다", "<|im_end|>", "", "a\nb"}) {
    const auto tokens = (*tokenizer)->encode(text);
    ASSERT_TRUE(tokens.has_value());
    EXPECT_EQ((*tokenizer)->count(text), tokens->size());
    EXPECT_EQ(*(*tokenizer)->decode(*tokens), text);
  }
  EXPECT_EQ((*tokenizer)->count("the"), 2U);  // "th" is a piece of its own
  std::string pages;
  while (pages.size() < (3U << 20)) pages += "the ferry\n";  // more than is tokenized at once
  EXPECT_EQ((*tokenizer)->encode(pages).error().code(), Code::limit_exceeded);
  EXPECT_EQ((*tokenizer)->count(pages), pages.size() / 10 * 9);
  const std::vector<std::int32_t> beyond = {100'000};
  EXPECT_EQ((*tokenizer)->decode(beyond).error().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace naru
