#include <gtest/gtest.h>

#include "parse/shared/testing.h"

namespace naru {
namespace {

TEST(SourceCode, AFunctionIsABlockWithWhatStandsAboveIt) {
  const std::string bytes =
      "import os\nimport sys\n\n\n# Adds.\n@cached\ndef add(a, b):\n    c = a + b\n\n    return c\n\n\n"
      "def sub(a, b):\n    return a - b\n";
  const Document document = parsed(bytes, "py");
  ASSERT_EQ(document.blocks.size(), 3U) << outline(document);
  EXPECT_EQ(document.blocks[0].text, "import os\nimport sys");
  EXPECT_TRUE(document.blocks[1].text.starts_with("# Adds.\n@cached\ndef add"));
  EXPECT_TRUE(document.blocks[1].text.ends_with("return c"));
  for (const Block& block : document.blocks) {
    EXPECT_EQ(block.kind, BlockKind::code);
    EXPECT_EQ(bytes_at(bytes, block), block.text);
  }
}

TEST(SourceCode, LongTypesAreCutAtTheirMembers) {
  std::string bytes = "class A {\n";
  for (int i = 0; i < 30; ++i) {
    bytes += "  void f" + std::to_string(i) + "() {\n    one();\n\n    two();\n  }\n\n";
  }
  bytes += "};\n";
  const Document document = parsed(bytes, "cpp");
  EXPECT_GE(document.blocks.size(), 29U);
  for (const Block& block : document.blocks) EXPECT_EQ(bytes_at(bytes, block), block.text);
}

TEST(SourceCode, FilesWithoutAnyLayoutAreCutByLines) {
  const Document document = parsed(repeated("x = 1\n", 1000), "py");
  EXPECT_EQ(document.blocks.size(), 13U);
  EXPECT_EQ(parsed("\r\n\r\nx\r\n", "c").blocks.at(0).text, "x");
  EXPECT_FALSE(parsed(" \n", "c").warnings.empty());
}

}  // namespace
}  // namespace naru
