#include <gtest/gtest.h>

#include "naru/registry.h"

namespace naru {
namespace {

class FakeParser : public ParseService {
 public:
  Result<Document> parse(const ParseInput& input, std::stop_token) const override {
    EXPECT_TRUE(input.uri.empty()) << "what is parsed must not depend on the name";
    if (input.bytes == "bad") return Error(Code::corrupt, "damaged");
    Document document;
    document.format = input.media_hint + (input.web_text == WebText::main_text ? " main" : "");
    document.blocks.resize(1);
    document.blocks[0].text = input.bytes;
    return document;
  }
  Id128 fingerprint() const override { return hash128("fake"); }
};

class FakeEmbedder : public Embedder {
 public:
  const ModelInfo& info() const override { return info_; }
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts, TextRole role,
                                                std::stop_token) override {
    EXPECT_EQ(role, TextRole::passage);
    seen.insert(seen.end(), texts.begin(), texts.end());
    return std::vector<std::vector<float>>(texts.size() - (short_by_one ? 1 : 0), std::vector<float>{1.0F});
  }
  std::vector<std::string> seen;
  bool short_by_one = false;

 private:
  ModelInfo info_;
};

std::unique_ptr<Operator> make_step(const std::string& name, const Options& options, const OperatorContext& context) {
  Registry registry;
  register_operator(registry);
  auto made = registry.find_operator(name)->make(options, context);
  if (!made) ADD_FAILURE() << made.error().describe();
  return std::move(*made);
}

TEST(ParseStep, MakesADocumentUnderTheNameOfTheItem) {
  FakeParser parser;
  OperatorContext context;
  context.parse_service = &parser;
  Options options;
  options.set("web_text", "main");
  const auto step = make_step("parse", options, context);
  Batch batch(1);
  batch[0].key = "a/b.html";
  batch[0].media_hint = "html";
  batch[0].bytes = "words";
  const auto out = step->process(std::move(batch), nullptr, {});
  ASSERT_TRUE(out);
  const Document& document = std::get<Document>((*out)[0].payload);
  EXPECT_EQ(document.uri, "a/b.html");
  EXPECT_EQ(document.format, "html main");
  EXPECT_TRUE((*out)[0].bytes.empty());
}

TEST(ParseStep, LetsDocumentsPassAndTellsErrors) {
  FakeParser parser;
  OperatorContext context;
  context.parse_service = &parser;
  Options options;
  options.set("web_text", "auto");
  const auto step = make_step("parse", options, context);
  Batch batch(1);
  Document given;
  given.title = "row";
  batch[0].payload = given;
  const auto out = step->process(batch, nullptr, {});
  ASSERT_TRUE(out);
  EXPECT_EQ(std::get<Document>((*out)[0].payload).title, "row");
  Batch bad(1);
  bad[0].bytes = "bad";
  const auto failed = step->process(bad, nullptr, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::corrupt);
}

TEST(EmbedStep, ShowsTheModelExactlyTheTextOfAChunk) {
  FakeEmbedder embedder;
  OperatorContext context;
  context.embedder = &embedder;
  const auto step = make_step("embed", {}, context);
  Batch batch(2);
  batch[0].payload = Document();
  Chunk chunk;
  chunk.heading_path = {"Heading"};
  chunk.text = "the text";
  batch[1].payload = chunk;
  const auto out = step->process(batch, nullptr, {});
  ASSERT_TRUE(out);
  EXPECT_EQ(embedder.seen, std::vector<std::string>{"the text"});
  EXPECT_TRUE(std::get<Chunk>((*out)[1].payload).vector);
  embedder.short_by_one = true;
  EXPECT_FALSE(step->process(batch, nullptr, {}));
}

TEST(EmbedStep, SaysWhatToAddWhereThereIsNoModel) {
  Registry registry;
  register_operator(registry);
  const auto made = registry.find_operator("embed")->make({}, {});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("models"), std::string::npos);
}

}  // namespace
}  // namespace naru
