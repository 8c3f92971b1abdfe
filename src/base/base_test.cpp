#include <gtest/gtest.h>

#include "base/json.h"
#include "base/note.h"
#include "base/sha256_stream.h"
#include "naru/error.h"
#include "naru/id.h"
#include "naru/result.h"

namespace naru {
namespace {

TEST(Errors, SayWhereWeWereOutermostFirst) {
  const Error error = Error(Code::not_found, "there is no such file").with("opening a.md").with("reading docs");
  EXPECT_EQ(error.describe(), "reading docs: opening a.md: there is no such file");
  EXPECT_EQ(error.code(), Code::not_found);
  EXPECT_NE(std::string(error.where().file_name()).find("base_test.cpp"), std::string::npos);
}

TEST(Errors, TheTwelveCodesHaveNamesAndExitCodesOfTheContract) {
  const std::vector<std::pair<std::string, int>> expected = {
      {"invalid_argument", 2}, {"not_found", 2},   {"already_exists", 2},
      {"unsupported", 2},      {"corrupt", 70},    {"io", 75},
      {"unavailable", 69},     {"timeout", 75},    {"cancelled", 75},
      {"limit_exceeded", 75},  {"not_allowed", 4}, {"internal", 70}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto code = static_cast<Code>(i);
    EXPECT_EQ(code_name(code), expected[i].first);
    EXPECT_EQ(exit_code(code), expected[i].second) << code_name(code);
    Code back = Code::internal;
    EXPECT_TRUE(code_from_name(expected[i].first, &back));
    EXPECT_EQ(back, code);
  }
  Code untouched = Code::timeout;
  EXPECT_FALSE(code_from_name("nonsense", &untouched));
  EXPECT_EQ(untouched, Code::timeout);
}

// How many values a sentence takes is known to it alone; nine is more than any has.
TEST(Notes, AreSentencesWithTheirValuesPutInAsTheyAre) {
  for (const NoteKind kind : note_kinds()) {
    const Note note{kind, std::vector<std::string>(9, "v")};
    for (const char* language : {"en", "ko"}) {
      const std::string text = note_text(note, language);
      EXPECT_FALSE(text.empty()) << note_name(kind);
      EXPECT_EQ(text.find("{0}"), std::string::npos) << text;
    }
  }
  EXPECT_EQ(note_text({NoteKind::other_spacing, {"{1}", "나루 터"}}),
            "“{1}” stands nowhere; it is looked for as “나루 터”");
  EXPECT_EQ(note_text({NoteKind::model_fails, {"down"}}, "ko"), "모델이 답하지 못했습니다: down");
  EXPECT_EQ(note_text({NoteKind::filtered_out}, "ko"), "the filter leaves it out");
  EXPECT_EQ(to_line(note_to_json({NoteKind::returned, {"3"}})), R"({"kind":"returned","values":["3"]})");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Code::invalid_argument, "odd");
  return number / 2;
}

Result<int> quarter(int number) { return NARU_TRY_AT(half(NARU_TRY(half(number))), "the second half"); }

TEST(Results, TryPassesTheErrorOnAndSaysWhere) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(3).error().describe(), "odd");
  EXPECT_EQ(quarter(6).error().describe(), "the second half: odd");
  EXPECT_EQ(half(3).value_or(7), 7);
}

TEST(Results, HoldWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 5);
}

TEST(ResultsDeathTest, AValueThatIsNotThereIsABug) {
  EXPECT_DEATH((void)half(3).value(), "value\\(\\) of a failed result: odd");
}

TEST(Ids, AreStableAcrossMachinesAndReleases) {
  // As published for XXH3-128 and SHA-256.
  EXPECT_EQ(hash128("").hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Ids, BordersOfPartsCount) {
  EXPECT_NE(hash128({"ab", "c"}), hash128({"a", "bc"}));
  EXPECT_NE(hash128({"a", ""}), hash128({"", "a"}));
  EXPECT_EQ(make_doc_id("flow", "a.md"), hash128({"", "flow", "a.md"}));
}

TEST(Ids, GoToBytesAndBackInTheirOrder) {
  const Id128 small{1, 0xffffffffffffffffULL}, large{2, 0};
  EXPECT_EQ(Id128::from_bytes(small.bytes()), small);
  EXPECT_LT(small, large);
  EXPECT_LT(small.bytes(), large.bytes());
  EXPECT_EQ(small.hex(), "0000000000000001ffffffffffffffff");
  const Sha256 sum = sha256("x");
  EXPECT_EQ(Sha256::from_bytes(sum.bytes()), sum);
}

TEST(Ids, AHashInPiecesIsTheHashOfTheWhole) {
  const std::string text(200'000, 'a');
  Sha256Stream stream;
  for (std::size_t at = 0; at < text.size(); at += 777) stream.add(std::string_view(text).substr(at, 777));
  EXPECT_EQ(stream.finish(), sha256(text));
}

TEST(Jsons, KeepOrderAndReplaceWhatIsNoText) {
  const Result<Json> parsed = parse_json(R"({"b": 1, "a": ["한", null, 1.5]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(to_line(*parsed), R"({"b":1,"a":["한",null,1.5]})");
  EXPECT_EQ(to_line(Json("a\xff\n")), "\"a\ufffd\\n\"");
}

TEST(Jsons, SayWhereTheyBreak) {
  const Result<Json> broken = parse_json("{\"a\": }");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), Code::corrupt);
  EXPECT_EQ(broken.error().message(), "not JSON: error at byte 7");
  for (const std::string_view text : {"", "{", "[1,]", "nul", "\"\xff\"", "1 2", "\"\\ud800\"", "1e999"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Jsons, NestingIsBoundedAndBracketsInTextsDoNotCount) {
  const auto nested = [](int depth) {
    std::string text(static_cast<std::size_t>(depth), '[');
    return text.append(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_EQ(parse_json(nested(kJsonDepthMax + 1)).error().code(), Code::limit_exceeded);
  EXPECT_EQ(parse_json(std::string(1 << 20, '[')).error().code(), Code::limit_exceeded);
  std::string quoted = "\"\\\"";
  quoted.append(1000, '[').append("\"");
  EXPECT_TRUE(parse_json(quoted));
}

}  // namespace
}  // namespace naru
