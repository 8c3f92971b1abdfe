#include "model/openai.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "runtime/http.h"
#include "runtime/server_testing.h"

namespace naru {

namespace {

class OpenaiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = new testing::ScriptServer("tests/servers/fake_endpoint.py", {});
    ASSERT_NE(server->port(), 0) << server->output();
  }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }

  static ModelSpec spec_of(const std::string& scenario) {
    ModelSpec spec;
    spec.kind = ModelSpec::Kind::openai;
    spec.url = server->url("/" + scenario + "/v1");
    spec.model = "some-model";
    return spec;
  }

  Result<std::unique_ptr<Embedder>> embedder(const std::string& scenario) const {
    return open_openai_embedder(spec_of(scenario), clock_);
  }

  Error embed_error(const std::string& scenario) const {
    auto opened = embedder(scenario);
    if (!opened) return opened.error();
    const std::vector<std::string> texts = {"a", "b"};
    const auto vectors = (*opened)->embed(texts, TextRole::passage, {});
    return vectors ? Error(Code::internal, "it worked") : vectors.error();
  }

  Result<Generation> generate(const ModelSpec& spec, const std::function<bool(std::string_view)>& on_text = {}) const {
    auto generator = open_openai_generator(spec, clock_);
    if (!generator) return generator.error();
    GenerateRequest request;
    request.messages = {{"system", "Be brief."}, {"user", "안녕?"}};
    request.max_tokens = max_tokens_;
    return (*generator)->generate(request, on_text, {});
  }

  // The bodies of the requests that a scenario got.
  static std::vector<Json> bodies(const std::string& scenario) {
    HttpClient client;
    HttpClientRequest get;
    get.url = server->url("/log");
    const std::string log = client.send(get, {})->body;
    std::vector<Json> found;
    for (std::size_t at = 0; at < log.size();) {
      const std::size_t end = std::min(log.find('\n', at), log.size());
      Json row = *parse_json(std::string_view(log).substr(at, end - at));
      if (row["path"].get<std::string>().starts_with("/" + scenario + "/")) found.push_back(row["body"]);
      at = end + 1;
    }
    return found;
  }

  static testing::ScriptServer* server;
  ManualClock clock_;
  std::uint32_t max_tokens_ = 64;
};

testing::ScriptServer* OpenaiTest::server = nullptr;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_F(OpenaiTest, VectorsAreOfUnitLengthAndInOrder) {
  for (const char* scenario : {"good", "base64"}) {
    auto opened = embedder(scenario);
    ASSERT_TRUE(opened) << opened.error().describe();
    EXPECT_EQ((*opened)->info().dims, 4U);
    const std::vector<std::string> texts = {"aaa", "b", "cccccccccc"};
    const auto vectors = (*opened)->embed(texts, TextRole::passage, {});
    ASSERT_TRUE(vectors) << vectors.error().describe();
    ASSERT_EQ(vectors->size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::vector<float>& vector = (*vectors)[i];
      double square = 0;
      for (const float value : vector) square += static_cast<double>(value) * value;
      EXPECT_NEAR(square, 1.0, 1e-6);
      EXPECT_NEAR(vector[0] / vector[2], static_cast<double>(texts[i].size()), 1e-4);  // bytes over 1
    }
  }
}

TEST_F(OpenaiTest, SendsPrefixesAndNoMoreTextsThanABatch) {
  ModelSpec spec = spec_of("good");
  spec.url = server->url("/good/batches/v1");
  spec.dims = 4;
  spec.query_prefix = "query: ";
  spec.passage_prefix = "passage: ";
  auto opened = open_openai_embedder(spec, clock_);
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->embed(std::vector<std::string>{"x"}, TextRole::query, {}));
  ASSERT_TRUE((*opened)->embed(std::vector<std::string>(70, "y"), TextRole::passage, {}));
  std::vector<std::size_t> sizes;
  for (const Json& body : bodies("good")) {
    if (body["input"][0] == "query: x") continue;
    if (body["input"][0] == "passage: y") sizes.push_back(body["input"].size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{32, 32, 6}));
}

TEST_F(OpenaiTest, ALongTextIsEmbeddedInWindows) {
  ModelSpec spec = spec_of("good");
  spec.dims = 4;
  spec.context_tokens = 100;
  auto opened = open_openai_embedder(spec, clock_);
  std::string text;
  for (int i = 0; i < 300; ++i) text += "나루터에서 ";
  const auto vectors = (*opened)->embed(std::vector<std::string>{text, "짧다"}, TextRole::passage, {});
  ASSERT_TRUE(vectors) << vectors.error().describe();
  EXPECT_EQ(vectors->size(), 2U);
  std::string joined;
  for (const Json& body : bodies("good")) {
    for (const Json& input : body["input"]) {
      const std::string window = input.get<std::string>();
      if (window.starts_with("나루터에서 ")) joined += window;
    }
  }
  EXPECT_EQ(joined, text);
}

TEST_F(OpenaiTest, AWrongAnswerIsAnErrorThatSaysWhat) {
  EXPECT_TRUE(contains(embed_error("few").message(), "0 vectors for 1 texts"));
  EXPECT_TRUE(contains(embed_error("zeros").message(), "zeros"));
  EXPECT_TRUE(contains(embed_error("nan").message(), "a vector that is none"));
  EXPECT_TRUE(contains(embed_error("html").message(), "\"data\""));
  EXPECT_TRUE(contains(embed_error("broken").message(), "\"data\""));
  const Error dims = embed_error("other-dims");
  EXPECT_TRUE(contains(dims.message(), "5 dimensions, 4 were expected")) << dims.message();
  EXPECT_EQ(dims.code(), Code::unavailable);
  for (const char* scenario : {"few", "zeros", "nan", "html", "broken", "down", "unknown", "full"}) {
    EXPECT_EQ(embed_error(scenario).code(), Code::unavailable) << scenario;
  }
}

TEST_F(OpenaiTest, NobodyThereNamesTheSettingToLookAt) {
  ModelSpec spec = spec_of("good");
  spec.url = "http://127.0.0.1:1/v1";
  const auto opened = open_openai_embedder(spec, clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::unavailable);
  EXPECT_TRUE(contains(opened.error().message(), "models.embed.openai.url"));
}

TEST_F(OpenaiTest, TheKeyIsSentAndNeverShown) {
  ModelSpec spec = spec_of("key");
  spec.key = "sk-right";
  EXPECT_TRUE(open_openai_embedder(spec, clock_));
  spec.key = "sk-wrong-and-secret";
  const auto opened = open_openai_embedder(spec, clock_);
  ASSERT_FALSE(opened);
  EXPECT_FALSE(contains(opened.error().describe(), "sk-wrong-and-secret")) << opened.error().describe();
  EXPECT_TRUE(contains(opened.error().message(), "models.embed.openai.key"));
  spec.key.clear();
  EXPECT_TRUE(contains(open_openai_embedder(spec, clock_).error().message(), "wants one"));
}

TEST_F(OpenaiTest, APasswordInTheAddressIsNotShown) {
  ModelSpec spec = spec_of("down");
  spec.url.insert(spec.url.find("127"), "user:hidden-word@");
  const auto opened = open_openai_embedder(spec, clock_);
  ASSERT_FALSE(opened);
  EXPECT_FALSE(contains(opened.error().describe(), "hidden-word")) << opened.error().describe();
  spec.url = "http://user:hidden-word@127.0.0.1:1/v1";
  EXPECT_FALSE(contains(open_openai_embedder(spec, clock_).error().describe(), "hidden-word"));
}

TEST_F(OpenaiTest, AnUnknownModelListsThoseThatAreThere) {
  const Error error = embed_error("unknown");
  EXPECT_TRUE(contains(error.message(), "model-a, model-b")) << error.message();
  EXPECT_TRUE(contains(error.message(), "some-model"));
}

TEST_F(OpenaiTest, WaitsWhereTheEndpointSaysSoAndNotForHours) {
  const std::int64_t start_ms = clock_.unix_ms();
  EXPECT_TRUE(embedder("busy"));
  EXPECT_EQ(clock_.unix_ms() - start_ms, 1000);
  EXPECT_TRUE(contains(embed_error("full").message(), "in 3600 s"));
  EXPECT_EQ(clock_.unix_ms() - start_ms, 1000);
}

TEST_F(OpenaiTest, SlowerThanTheTimeOutIsATimeout) {
  ModelSpec spec = spec_of("slow-start");
  spec.timeout_ms = 300;
  const auto opened = open_openai_embedder(spec, clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::timeout);
  EXPECT_TRUE(contains(opened.error().message(), "timeout_seconds"));
}

TEST_F(OpenaiTest, AnAnswerStreamsPieceByPiece) {
  std::vector<std::string> pieces;
  const auto generation = generate(spec_of("good"), [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return true;
  });
  ASSERT_TRUE(generation) << generation.error().describe();
  EXPECT_EQ(pieces, (std::vector<std::string>{"Hello, ", "world."}));
  EXPECT_EQ(generation->text, "Hello, world.");
  EXPECT_EQ(generation->prompt_tokens, 11U);
  EXPECT_EQ(generation->completion_tokens, 5U);
  EXPECT_EQ(generation->finish_reason, "stop");
  const Json body = bodies("good").back();
  EXPECT_EQ(body["messages"][1]["content"], "안녕?");
  EXPECT_EQ(body["model"], "some-model");
}

TEST_F(OpenaiTest, TheReasonOfTheEndIsKept) {
  max_tokens_ = 3;
  EXPECT_EQ(generate(spec_of("good"))->finish_reason, "length");
}

TEST_F(OpenaiTest, EndpointsThatDoNotStreamOrCountAreFine) {
  const auto plain = generate(spec_of("plain"));
  ASSERT_TRUE(plain) << plain.error().describe();
  EXPECT_EQ(plain->text, "Hello, world.");
  EXPECT_EQ(plain->prompt_tokens, 11U);
  const auto uncounted = generate(spec_of("no-usage"));
  ASSERT_TRUE(uncounted);
  EXPECT_GT(uncounted->prompt_tokens, 0U);
  EXPECT_EQ(uncounted->completion_tokens, 4U);  // 13 bytes of Latin text
}

TEST_F(OpenaiTest, ParametersThatAreNotKnownAreLeftOut) {
  const auto generation = generate(spec_of("strict"));
  ASSERT_TRUE(generation) << generation.error().describe();
  EXPECT_EQ(generation->text, "Hello, world.");
  const Json body = bodies("strict").back();
  EXPECT_EQ(body["max_completion_tokens"], 64);
  EXPECT_FALSE(body.contains("max_tokens"));
  EXPECT_FALSE(body.contains("stream_options"));
}

TEST_F(OpenaiTest, EventsOfEveryFormAreRead) {
  const auto generation = generate(spec_of("raw"));
  ASSERT_TRUE(generation) << generation.error().describe();
  EXPECT_EQ(generation->text, "안녕");
}

TEST_F(OpenaiTest, ABrokenOffAnswerIsAnError) {
  for (const char* scenario : {"cut", "gives-up", "html", "broken", "down"}) {
    const auto generation = generate(spec_of(scenario));
    ASSERT_FALSE(generation) << scenario;
    EXPECT_EQ(generation.error().code(), Code::unavailable) << scenario;
  }
  EXPECT_TRUE(contains(generate(spec_of("gives-up")).error().message(), "out of memory"));
}

TEST_F(OpenaiTest, AReaderWhoHasEnoughGetsWhatThereIs) {
  const auto generation = generate(spec_of("good"), [](std::string_view) { return false; });
  ASSERT_TRUE(generation) << generation.error().describe();
  EXPECT_EQ(generation->text, "Hello, ");
  EXPECT_EQ(generation->finish_reason, "cancelled");
}

TEST_F(OpenaiTest, AStopEndsTheAnswer) {
  auto generator = open_openai_generator(spec_of("slow-start"), clock_);
  std::stop_source stop;
  stop.request_stop();
  GenerateRequest request;
  request.messages = {{"user", "hi"}};
  const auto generation = (*generator)->generate(request, {}, stop.get_token());
  ASSERT_FALSE(generation);
  EXPECT_EQ(generation.error().code(), Code::cancelled);
}

}  // namespace naru
