#include <gtest/gtest.h>

#include "model/open.h"
#include "runtime/server_testing.h"

namespace naru {

TEST(OpenRemote, ASpecWithAnAddressOpensTheEndpoint) {
  testing::ScriptServer server("tests/servers/fake_endpoint.py", {});
  ASSERT_NE(server.port(), 0) << server.output();
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::openai;
  spec.url = server.url("/good/v1");
  spec.model = "some-model";
  const auto embedder = open_embedder(spec);
  ASSERT_TRUE(embedder) << embedder.error().describe();
  EXPECT_EQ((*embedder)->info().name, "some-model");
  EXPECT_TRUE(open_generator(spec));
  const auto tokenizer = open_tokenizer(spec);
  ASSERT_TRUE(tokenizer);
  EXPECT_GT((*tokenizer)->count("안녕하세요"), 0U);
}

}  // namespace naru
