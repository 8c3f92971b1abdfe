#include "model/open.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "model/catalogue.h"
#include "model/llama_testing.h"

namespace naru {
namespace {

using testing::TemporaryModel;

ModelSpec gguf(const std::string& path, bool trusted) {
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::gguf;
  spec.path = path;
  spec.trusted = trusted;
  return spec;
}

// Hashes are remembered in the model folder: not in the one of whoever runs the tests.
class OpenModel : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("NARU_MODELS", folder_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("NARU_MODELS"); }
  TemporaryFolder folder_ = std::move(*TemporaryFolder::make("naru-models"));
};

TEST_F(OpenModel, OpensAFileOnlyWhenItIsTrusted) {
  const TemporaryModel model(testing::tiny_embedder_bytes());
  const auto refused = open_embedder(gguf(model.path(), false));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::not_allowed);
  EXPECT_NE(refused.error().message().find("trusted: true"), std::string::npos);
  const auto opened = open_embedder(gguf(model.path(), true));
  ASSERT_TRUE(opened.has_value()) << opened.error().describe();
  EXPECT_EQ((*opened)->info().name, "tiny");
  EXPECT_TRUE(open_tokenizer(gguf(model.path(), true)).has_value());
}

TEST_F(OpenModel, HasTheFingerprintOfTheBytesNotOfTheName) {
  const TemporaryModel one(testing::tiny_embedder_bytes()), same(testing::tiny_embedder_bytes());
  const auto first = open_embedder(gguf(one.path(), true));
  const auto again = open_embedder(gguf(one.path(), true));  // the hash is remembered now
  const auto other_place = open_embedder(gguf(same.path(), true));
  ASSERT_TRUE(first.has_value() && again.has_value() && other_place.has_value());
  EXPECT_EQ((*first)->info().fingerprint, (*again)->info().fingerprint);
  EXPECT_EQ((*first)->info().fingerprint, (*other_place)->info().fingerprint);
  std::string changed = testing::tiny_embedder_bytes();
  changed[changed.size() - 1] ^= 1;  // the last weight's sign and exponent
  ASSERT_TRUE(write_file(one.path(), changed).has_value());
  EXPECT_NE((*open_embedder(gguf(one.path(), true)))->info().fingerprint, (*first)->info().fingerprint);
}

TEST_F(OpenModel, SaysClearlyThatAFileIsNoModel) {
  const TemporaryModel text("# not a model\n"), empty(""), cut(testing::tiny_chat_bytes().substr(0, 20'000));
  for (const TemporaryModel* file : {&text, &empty, &cut}) {
    for (const bool trusted : {false, true}) {
      const auto generator = open_generator(gguf(file->path(), trusted));
      ASSERT_FALSE(generator.has_value());
      EXPECT_EQ(generator.error().code(), Code::corrupt) << generator.error().describe();
      EXPECT_NE(generator.error().describe().find(file->path()), std::string::npos);
    }
  }
  EXPECT_FALSE(open_generator(gguf("/nowhere/at/all.gguf", true)).has_value());
}

TEST_F(OpenModel, SaysHowToFetchWhatIsNotThere) {
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::local;
  const auto embedder = open_embedder(spec);
  ASSERT_FALSE(embedder.has_value());
  EXPECT_EQ(embedder.error().code(), Code::unavailable);
  EXPECT_NE(embedder.error().message().find("naru models pull"), std::string::npos);
  spec.name = "no-such-model";
  EXPECT_EQ(open_generator(spec).error().code(), Code::not_found);
}

TEST_F(OpenModel, OpensTheStub) {
  EXPECT_TRUE(open_embedder({}).has_value());
  EXPECT_TRUE(open_generator({}).has_value());
  const auto tokenizer = open_tokenizer({});
  ASSERT_TRUE(tokenizer.has_value());
  EXPECT_GT((*tokenizer)->count("나루는 강을 건넌다"), 0U);
  EXPECT_EQ((*tokenizer)->encode("a").error().code(), Code::unsupported);
}

}  // namespace
}  // namespace naru
