#include <gtest/gtest.h>

#include "naru/registry.h"

namespace naru {
namespace {

Document cleaned(Document document, std::int64_t boilerplate = 0) {
  Registry registry;
  register_operator(registry);
  Options options;
  options.set("boilerplate", boilerplate);
  const auto step = *registry.find_operator("clean")->make(options, {});
  Batch batch(1);
  batch[0].payload = std::move(document);
  batch = *step->process(std::move(batch), nullptr, {});
  return std::get<Document>(batch[0].payload);
}

Block block(BlockKind kind, std::string text) {
  Block made;
  made.kind = kind;
  made.text = std::move(text);
  return made;
}

TEST(CleanStep, CleansTitlesHeadingsBlocksAndCells) {
  Document document;
  document.title = " The\u200b title ";
  document.blocks = {block(BlockKind::paragraph, "one \u00a0 two\r\n"), block(BlockKind::code, "a  b \n"),
                     block(BlockKind::table, "x  | y"), block(BlockKind::paragraph, "\u200b ")};
  document.blocks[0].heading_path = {"A  heading"};
  document.blocks[2].cells = {{"x ", " y"}};
  document = cleaned(document);
  EXPECT_EQ(document.title, "The title");
  ASSERT_EQ(document.blocks.size(), 3U);
  EXPECT_EQ(document.blocks[0].text, "one two");
  EXPECT_EQ(document.blocks[0].heading_path[0], "A heading");
  EXPECT_EQ(document.blocks[1].text, "a  b");
  EXPECT_EQ(document.blocks[2].cells[0], (std::vector<std::string>{"x", "y"}));
}

TEST(CleanStep, LinesOfEveryPageGoWhereThatIsWanted) {
  Document document;
  for (int page = 1; page <= 4; ++page) {
    document.blocks.push_back(block(BlockKind::paragraph, "나루 주식회사 - " + std::to_string(page)));
    document.blocks.push_back(block(BlockKind::heading, "Notes"));
    document.blocks.push_back(block(BlockKind::paragraph, std::string(200, 'x')));
    document.blocks.push_back(block(BlockKind::paragraph, std::string(1, static_cast<char>('a' + page)) + " text"));
  }
  EXPECT_EQ(cleaned(document).blocks.size(), 16U);
  EXPECT_EQ(cleaned(document, 5).blocks.size(), 16U);
  const Document without = cleaned(document, 4);
  ASSERT_EQ(without.blocks.size(), 12U) << "headings and long paragraphs stay";
  EXPECT_EQ(without.blocks[0].text, "Notes");
}

}  // namespace
}  // namespace naru
