#include "model/unigram.h"

#include <gtest/gtest.h>

#include "model/catalogue.h"
#include "model/llama.h"
#include "model/llama_library.h"
#include "model/llama_model.h"
#include "model/llama_testing.h"
#include "runtime/random.h"
#include "text/unicode.h"

namespace naru {
namespace {

using testing::TemporaryModel;

// llama.cpp's own tokenizer of the same file.
class LibraryTokenizer {
 public:
  explicit LibraryTokenizer(const std::string& path) : api_(**llama_library()) {
    llama_model_params params = api_.llama_model_default_params_();
    params.vocab_only = true;
    model_ = api_.llama_model_load_from_file_(path.c_str(), params);
    EXPECT_NE(model_, nullptr) << take_llama_reason();
  }
  ~LibraryTokenizer() {
    if (model_ != nullptr) api_.llama_model_free_(model_);
  }
  LibraryTokenizer(const LibraryTokenizer&) = delete;

  std::vector<llama_token> tokenize(const std::string& text) const {
    std::vector<llama_token> tokens(text.size() * 4 + 16);
    const int count =
        api_.llama_tokenize_(api_.llama_model_get_vocab_(model_), text.data(), static_cast<std::int32_t>(text.size()),
                             tokens.data(), static_cast<std::int32_t>(tokens.size()), true, false);
    tokens.resize(static_cast<std::size_t>(std::max(count, 0)));
    return tokens;
  }

 private:
  const LlamaLibrary& api_;
  llama_model* model_ = nullptr;
};

// Texts of characters that vocabularies and maps treat in different ways.
std::string random_text(Random& random, std::span<const std::pair<char32_t, char32_t>> ranges) {
  std::string text;
  for (std::uint64_t i = random.below(30); i > 0; --i) {
    const auto& [from, to] = ranges[random.below(ranges.size())];
    append_utf8(text, from + static_cast<char32_t>(random.below(to - from + 1)));
  }
  return nfc(text);
}

void expect_the_same_tokens(const std::string& path, std::span<const std::pair<char32_t, char32_t>> ranges) {
  const LibraryTokenizer library(path);
  const auto model = LlamaModel::open(path, LlamaPart::vocabulary);
  ASSERT_TRUE(model.has_value()) << model.error().describe();
  Random random(11);
  constexpr int kTexts = 3000;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = random_text(random, ranges);
    const auto tokens = (*model)->tokenize(text, EndTokens::added, ControlTokens::as_text);
    ASSERT_TRUE(tokens.has_value());
    ASSERT_EQ(*tokens, library.tokenize(text)) << text;
  }
}

TEST(UnigramVocabulary, GivesTheTokensThatTheLibraryGives) {
  const TemporaryModel file(testing::tiny_unigram_bytes());
  const std::pair<char32_t, char32_t> ranges[] = {{'a', 'd'},     {'a', 'd'},     {'a', 'a'},       {'A', 'B'},
                                                  {' ', ' '},     {1, 9},         {'X', 'X'},       {U'나', U'나'},
                                                  {U'루', U'루'}, {U'강', U'강'}, {0x2581, 0x2581}, {0xac00, 0xac40}};
  expect_the_same_tokens(file.path(), ranges);
}

TEST(UnigramVocabulary, GivesTheTokensThatTheLibraryGivesForTheDefaultEmbedder) {
  const auto entry = find_entry("default-embed");
  const auto path = find_pulled(**entry);
  if (!path) GTEST_SKIP() << "the model default-embed is not here: naru models pull default-embed";
  const std::pair<char32_t, char32_t> ranges[] = {
      {' ', '~'},     {' ', ' '},       {'a', 'z'},         {0xac00, 0xd7a3}, {0xac00, 0xd7a3},
      {0x80, 0x24ff}, {0xfb00, 0xffef}, {0x1f300, 0x1faff}, {0x3040, 0x9fff}, {1, 31},
      {0x300, 0x36f}, {0x3000, 0x3000}, {0x2581, 0x2581},   {0xfdfa, 0xfdfa}, {0x2460, 0x24ff}};
  expect_the_same_tokens(*path, ranges);
}

TEST(UnigramVocabulary, GivesBackWhatItSplit) {
  const TemporaryModel file(testing::tiny_unigram_bytes());
  const auto tokenizer = open_llama_tokenizer({.path = file.path(), .name = "tiny"});
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().describe();
  for (const std::string text : {"abc", "나루 강을", "a b c", ""}) {
    EXPECT_EQ(*(*tokenizer)->decode(*(*tokenizer)->encode(text)), text);
  }
  EXPECT_EQ(*(*tokenizer)->decode(*(*tokenizer)->encode("  A\tB ")), "a bb");  // the map and the blanks
}

TEST(UnigramVocabulary, EmbedsAsAVocabularyOfTheLibraryDoes) {
  const TemporaryModel file(testing::tiny_unigram_bytes());
  const auto embedder = open_llama_embedder({.path = file.path(), .name = "tiny"});
  ASSERT_TRUE(embedder.has_value()) << embedder.error().describe();
  std::vector<std::string> texts = {"", "abc", "나루 강을"};
  std::string& pages = texts.emplace_back();
  for (int i = 0; i < 300; ++i) pages += "abc d ";
  const auto vectors = (*embedder)->embed(texts, TextRole::passage, {});
  ASSERT_TRUE(vectors.has_value()) << vectors.error().describe();
  EXPECT_NE((*vectors)[1], (*vectors)[2]);
}

TEST(UnigramVocabulary, IsNotHarmedByADamagedMap) {
  const std::string whole = testing::tiny_unigram_bytes();
  const auto info = parse_gguf(whole);
  ASSERT_TRUE(info.has_value());
  const GgufValue& map = info->metadata.at("tokenizer.ggml.precompiled_charsmap");
  Random random(5);
  constexpr int kTries = 200, kBytes = 40;
  for (int i = 0; i < kTries; ++i) {
    std::string bytes = whole;
    for (int k = 0; k < kBytes; ++k) {
      // Often near the root, where every text comes by.
      const std::uint64_t at = random.below(2) == 0 ? random.below(64) : random.below(map.count);
      bytes[map.offset + at] = static_cast<char>(random.below(256));
    }
    const TemporaryModel file(bytes);
    const auto vocabulary = UnigramVocabulary::open(file.path(), *info);
    if (!vocabulary) {
      EXPECT_EQ(vocabulary.error().code(), Code::corrupt);
      continue;
    }
    for (const char* text : {"", "abcAB X\t", "나루 \x01강을", "aaaaaaaaaaaaaaaaaaaa"}) {
      for (const std::int32_t token : (*vocabulary)->tokenize(text)) {
        ASSERT_GE(token, 0);
        ASSERT_LT(static_cast<std::size_t>(token), (*vocabulary)->size());
      }
    }
  }
}

}  // namespace
}  // namespace naru
