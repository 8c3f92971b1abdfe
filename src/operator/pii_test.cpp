#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "naru/registry.h"
#include "runtime/compress.h"
#include "runtime/files.h"
#include "text/personal_data.h"

namespace naru {
namespace {

Result<std::unique_ptr<Operator>> make(const std::string& action, std::vector<std::string> kinds = {}) {
  Registry registry;
  register_operator(registry);
  Options options;
  options.set("action", action);
  if (!kinds.empty()) options.set("kinds", std::move(kinds));
  return registry.find_operator("pii")->make(options, {});
}

Document treated(const Operator& step, Document document) {
  Batch batch(1);
  batch[0].payload = std::move(document);
  batch = *step.process(std::move(batch), nullptr, {});
  return std::get<Document>(batch[0].payload);
}

Document with_text(std::string text) {
  Document document;
  document.blocks.resize(1);
  document.blocks[0].text = std::move(text);
  return document;
}

TEST(Pii, MasksWhatItFindsAndSaysWhichKinds) {
  const auto step = *make("mask");
  const Document document = treated(*step, with_text("연락처 010-1234-5678, 주민등록번호 900101-1234568."));
  EXPECT_EQ(document.blocks[0].text, "연락처 [phone], 주민등록번호 [resident_number].");
  const Metadata expected = {{"pii", "resident_number"}, {"pii", "phone"}};
  EXPECT_EQ(document.metadata, expected);
}

TEST(Pii, NamesWithoutMaskingWhereOnlyThatIsWanted) {
  const auto step = *make("name");
  const Document document = treated(*step, with_text("Write to kim@example.com"));
  EXPECT_EQ(document.blocks[0].text, "Write to kim@example.com");
  EXPECT_EQ(document.metadata.size(), 1U);
}

TEST(Pii, MasksTitleMetadataAndTheHeadingsAboveABlock) {
  const auto step = *make("mask");
  Document document = with_text("nothing");
  document.title = "Mail of kim@example.com";
  document.metadata = {{"from", "kim@example.com"}};
  document.blocks[0].heading_path = {"kim@example.com"};
  document = treated(*step, document);
  EXPECT_EQ(document.title, "Mail of [email]");
  EXPECT_EQ(document.metadata[0].second, "[email]");
  EXPECT_EQ(document.blocks[0].heading_path[0], "[email]");
}

// Alone in its cell a bank account is a number; beside its label it is one of a person.
TEST(Pii, ANumberInATableIsJudgedByItsRowAndMaskedInItsCell) {
  const auto step = *make("mask");
  Document document = with_text("계좌번호 | 110-123-456789");
  document.blocks[0].kind = BlockKind::table;
  document.blocks[0].cells = {{"계좌번호", "110-123-456789"}};
  document = treated(*step, document);
  EXPECT_EQ(document.blocks[0].text, "계좌번호 | [account]");
  EXPECT_EQ(document.blocks[0].cells[0][1], "[account]");
}

TEST(Pii, NamesAndAddressesOnlyWhereAskedFor) {
  const std::string text = "담당자 김나루, 서울특별시 중구 세종대로 110";
  EXPECT_EQ(treated(**make("mask"), with_text(text)).blocks[0].text, text);
  EXPECT_EQ(treated(**make("mask", {"person", "address"}), with_text(text)).blocks[0].text, "담당자 [person], [address]");
}

TEST(Pii, AnUnknownKindIsAnErrorThatNamesTheKnownOnes) {
  const auto step = make("mask", {"shoe_size"});
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code(), Code::invalid_argument);
  EXPECT_NE(step.error().describe().find("resident_number"), std::string::npos);
}

// ---- against labels --------------------------------------------------------------------------------------------

struct Score {
  std::size_t right = 0, wrong = 0, missed = 0;
  double f1() const { return 2.0 * static_cast<double>(right) / static_cast<double>(2 * right + wrong + missed); }
};

// The names of the labelled set for what has a pattern, and for the two that are judged apart.
const std::map<std::string, std::string> kLabels = {
    {"RRN", "resident_number"}, {"FRN", "foreigner_number"}, {"BUSINESS_REG", "business_number"},
    {"CORP_REG", "corporate_number"}, {"DRIVER_LICENSE", "driver_licence"}, {"PASSPORT", "passport"},
    {"MEDICAL_INSURANCE", "health_insurance"}, {"ACCOUNT", "account"}, {"CARD", "card"}, {"PHONE", "phone"},
    {"EMAIL", "email"}, {"IP", "ip_address"}, {"DT_BIRTH", "birth_date"}, {"VEHICLE", "vehicle"},
    {"PERSON", "person"}, {"ADDRESS", "address"}};

TEST(Pii, FindsWhatALabelledSetOfKoreanDocumentsHolds) {
  const std::string path = "../shared/data/pii-ko/synthetic_pii_ko.jsonl.zst";
  if (!file_exists(path)) GTEST_SKIP() << "needs " << path;
  std::istringstream lines(*zstd_decompress(*read_file(path), 1ULL << 30));
  std::map<std::string, Score> scores;
  for (std::string line; std::getline(lines, line);) {
    const Json labelled = Json::parse(line);
    const std::string text = labelled["text"];
    std::set<std::pair<std::string, std::string>> truth, found;
    for (const Json& one : labelled["pii"]) {
      const auto kind = kLabels.find(one["type"]);
      if (kind != kLabels.end()) truth.emplace(kind->second, one["text"]);
    }
    for (const PersonalData& one : find_personal_data(text)) {
      found.emplace(personal_data_name(one.kind), text.substr(one.start, one.end - one.start));
    }
    for (const auto& one : found) ++(truth.contains(one) ? scores[one.first].right : scores[one.first].wrong);
    for (const auto& one : truth) scores[one.first].missed += found.contains(one) ? 0 : 1;
  }
  Score patterned;
  for (const auto& [kind, score] : scores) {
    RecordProperty("f1_" + kind, std::to_string(score.f1()));
    if (kind == "person" || kind == "address") continue;
    patterned.right += score.right;
    patterned.wrong += score.wrong;
    patterned.missed += score.missed;
  }
  EXPECT_GE(patterned.f1(), 0.94);
  EXPECT_GE(scores["person"].f1(), 0.75);
  EXPECT_GE(scores["address"].f1(), 0.80);
}

}  // namespace
}  // namespace naru
