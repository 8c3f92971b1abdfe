// The steps that judge whole texts: quality and language.
#include <gtest/gtest.h>

#include "naru/registry.h"
#include "record/value_json.h"
#include "text/quality.h"

namespace naru {
namespace {

Options quality_options(std::vector<std::string> rules) {
  Options options;
  options.set("rules", std::move(rules));
  options.set("field", std::string("text"));
  for (const QualityLimitInfo& info : quality_limits()) options.set(std::string(info.name), info.value);
  return options;
}

std::unique_ptr<Operator> make(const std::string& name, const Options& options) {
  Registry registry;
  register_operator(registry);
  return std::move(*registry.find_operator(name)->make(options, {}));
}

Document with_blocks(BlockKind kind, const std::string& text, int count) {
  Document document;
  for (int i = 0; i < count; ++i) {
    Block block;
    block.kind = kind;
    block.text = text + " " + std::to_string(i);
    document.blocks.push_back(block);
  }
  return document;
}

Record judged(const Operator& step, Payload payload) {
  Batch batch(1);
  batch[0].payload = std::move(payload);
  batch = *step.process(std::move(batch), nullptr, {});
  return std::move(batch[0]);
}

TEST(QualityStep, DropsWithTheLimitAndWhatWasMeasured) {
  const auto step = make("quality", quality_options({"gopher"}));
  const Record record = judged(*step, with_blocks(BlockKind::paragraph, "Too short", 1));
  ASSERT_TRUE(record.drop);
  EXPECT_EQ(record.drop->reason, "words_min");
  EXPECT_EQ(record.drop->detail, "words_min: 3, at least 50");
}

TEST(QualityStep, AListIsOneOfBullets) {
  const auto step = make("quality", quality_options({"gopher"}));
  const std::string text = "the list that we have to be read with";
  EXPECT_EQ(judged(*step, with_blocks(BlockKind::list_item, text, 20)).drop->reason, "bullet_lines_max");
  EXPECT_FALSE(judged(*step, with_blocks(BlockKind::paragraph, text, 20)).drop);
}

TEST(QualityStep, OfRowsAFieldIsJudged) {
  const auto step = make("quality", quality_options({"gopher"}));
  Row row;
  row.fields = *fields_from_json(R"({"text":"short"})");
  EXPECT_TRUE(judged(*step, row).drop);
  row.fields = *fields_from_json(R"({"body":1})");
  EXPECT_TRUE(judged(*step, row).drop) << "a row without the field has no words";
}

TEST(QualityStep, LimitsAndRulesAreOptions) {
  Options options = quality_options({"gopher"});
  options.set("words_min", 2.0);
  options.set("function_words_min", 0.0);
  const auto step = make("quality", options);
  EXPECT_FALSE(judged(*step, with_blocks(BlockKind::paragraph, "Too short is this here", 1)).drop);
  EXPECT_NE(step->fingerprint(), make("quality", quality_options({"gopher"}))->fingerprint());
}

Options language_options(std::vector<std::string> keep) {
  Options options;
  if (!keep.empty()) options.set("keep", std::move(keep));
  options.set("field", std::string("text"));
  return options;
}

TEST(LanguageStep, NamesTheLanguageOfDocumentsAndRows) {
  const auto step = make("language", language_options({}));
  const Record document = judged(*step, with_blocks(BlockKind::paragraph, "회사는 휴가를 준다", 2));
  EXPECT_EQ(std::get<Document>(document.payload).language, "ko");
  Row row;
  row.fields = *fields_from_json(R"({"text":"The house of the family is not for sale and that is it."})");
  EXPECT_EQ(*find_field(std::get<Row>(judged(*step, row).payload).fields, "language")->text(), "en");
}

TEST(LanguageStep, LeavesOtherLanguagesOut) {
  const auto step = make("language", language_options({"ko", "en"}));
  EXPECT_FALSE(judged(*step, with_blocks(BlockKind::paragraph, "회사는 휴가를 준다", 2)).drop);
  const Record other = judged(*step, with_blocks(BlockKind::paragraph, "Кошка сидит на окне", 2));
  ASSERT_TRUE(other.drop);
  EXPECT_EQ(other.drop->reason, "other_language");
  EXPECT_EQ(other.drop->detail, "ru, kept are ko, en");
}

}  // namespace
}  // namespace naru
