#include "parse/worker/protocol.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

constexpr std::uint64_t kPayloadMax = 1 << 20;

Document sample() {
  Document document;
  document.format = "text";
  document.language = "ko";
  document.warnings = {"one"};
  document.blocks.resize(1);
  document.blocks[0].text = "본문";
  document.blocks[0].locator.bytes = ByteRange{0, 6};
  return document;
}

// The whole way a parent goes: in pieces of `step` bytes, until the pipe ends.
Result<Document> read_in_pieces(std::string_view bytes, std::size_t step, std::uint64_t input_bytes = 6) {
  AnswerReader reader(kPayloadMax);
  for (std::size_t at = 0; at < bytes.size(); at += step) NARU_TRY(reader.add(bytes.substr(at, step)));
  return reader.document(input_bytes);
}

TEST(WorkerRequest, WhatMayHoldAPdfIsPreparedForOne) {
  using namespace std::string_view_literals;
  const auto prepared = [](std::string_view bytes, std::string hint = "") {
    ParseInput input;
    input.bytes = bytes;
    input.media_hint = std::move(hint);
    return request_for(input).pdf;
  };
  EXPECT_TRUE(prepared("%PDF-1.7"));
  EXPECT_TRUE(prepared("\x1f\x8b\x08\0"sv, "tgz"));
  std::string tar(257, 'a');
  tar += "ustar";
  EXPECT_TRUE(prepared(tar, "tar"));
  EXPECT_TRUE(prepared("PK\x03\x04 a.pdf", "zip"));
  EXPECT_TRUE(prepared("Subject: s\n\ntext", "eml"));
  EXPECT_FALSE(prepared("PK\x03\x04 [Content_Types].xml word/document.xml", "docx"));
  EXPECT_FALSE(prepared("plain words", "txt"));
}

TEST(Protocol, GivesBackADocumentInPiecesOfAnySize) {
  const std::string bytes = encode_answer(Result<Document>(sample()));
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Result<Document> back = read_in_pieces(bytes, step);
    ASSERT_TRUE(back.has_value()) << step << ": " << back.error().describe();
    EXPECT_EQ(back->blocks, sample().blocks);
  }
}

TEST(Protocol, GivesBackAnError) {
  const std::string bytes = encode_answer(Result<Document>(Error(Code::not_allowed, "a password is needed")));
  const Result<Document> back = read_in_pieces(bytes, 7);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().code(), Code::not_allowed);
  EXPECT_EQ(back.error().message(), "a password is needed");
}

TEST(Protocol, RefusesEveryCutAndSurvivesEveryFlip) {
  const std::string bytes = encode_answer(Result<Document>(sample()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Result<Document> cut = read_in_pieces(std::string_view(bytes).substr(0, size), 3);
    ASSERT_FALSE(cut.has_value()) << size;
    EXPECT_EQ(cut.error().code(), Code::corrupt) << size;
  }
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string flipped = bytes;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    (void)read_in_pieces(flipped, flipped.size());  // must not crash
  }
}

TEST(Protocol, RefusesWhatIsAnnouncedTooLargeBeforeItComes) {
  std::string head = encode_answer(Result<Document>(sample())).substr(0, AnswerReader::kHeadBytes);
  head[10] = '\x7f';  // more than 8 million bytes
  AnswerReader reader(kPayloadMax);
  const Status added = reader.add(head);
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code(), Code::limit_exceeded);
}

TEST(Protocol, RefusesFieldsWithoutSense) {
  const auto refused = [](auto change) {
    Document document = sample();
    change(document);
    const Result<Document> back = read_in_pieces(encode_answer(Result<Document>(document)), 64);
    return !back && back.error().code() == Code::corrupt;
  };
  EXPECT_FALSE(refused([](Document&) {}));
  EXPECT_TRUE(refused([](Document& d) { d.format = ""; }));
  EXPECT_TRUE(refused([](Document& d) { d.format = "te xt"; }));
  EXPECT_TRUE(refused([](Document& d) { d.language = "a language without an end"; }));
  EXPECT_TRUE(refused([](Document& d) { d.blocks[0].locator.bytes->end = 7; }));
  EXPECT_TRUE(refused([](Document& d) { d.blocks[0].locator.page = 0; }));
  EXPECT_TRUE(refused([](Document& d) { d.blocks[0].locator.boxes = {{0, 0, 1e9F, 1}}; }));
  EXPECT_TRUE(refused([](Document& d) { d.blocks[0].locator.page_size = PageSize{-1e9F, 1}; }));
  EXPECT_TRUE(refused([](Document& d) { d.children.emplace_back("x", Document{}); }));  // without a format
}

TEST(Protocol, CleansWarnings) {
  Document document = sample();
  document.warnings = {"\x1b[31mred\n", std::string(100'000, 'x')};
  const Result<Document> back = read_in_pieces(encode_answer(Result<Document>(document)), 4096);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->warnings[0], " [31mred ");
  EXPECT_LT(back->warnings[1].size(), 5'000U);
}

TEST(Protocol, SendsAReportThere) {
  SandboxReport report;
  report.seccomp = report.user_namespace = true;
  report.landlock_abi = 7;
  report.missing = {"no such thing"};
  AnswerReader reader(kPayloadMax);
  ASSERT_TRUE(reader.add(encode_answer(report)).has_value());
  const Result<SandboxReport> back = reader.sandbox();
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(back->seccomp && back->user_namespace && !back->empty_root);
  EXPECT_EQ(back->landlock_abi, 7);
  EXPECT_EQ(back->missing, report.missing);
  EXPECT_FALSE(reader.document(0).has_value());
}

TEST(Protocol, AsksForThePdfLibraryByAMarkAlone) {
  EXPECT_TRUE(request_for({"%PDF-1.7\n", "x", "txt"}).pdf);
  EXPECT_TRUE(request_for({"junk before\n%PDF-1.7\n", "x", ""}).pdf);
  EXPECT_FALSE(request_for({"no such thing", "x", "pdf"}).pdf);
  std::string late(5000, '.');
  late += "%PDF-1.7\n";
  EXPECT_TRUE(request_for({late, "x", "pdf"}).pdf);
  EXPECT_FALSE(request_for({late, "x", "txt"}).pdf);
}

TEST(Protocol, LeavesOutAHintThatIsNoWord) {
  EXPECT_EQ(request_for({"", "x", "md"}).media_hint, "md");
  EXPECT_EQ(request_for({"", "x", "m d\n"}).media_hint, "");
  EXPECT_EQ(request_for({"", "x", std::string(1000, 'a')}).media_hint, "");
  EXPECT_EQ(request_for({"", "a/data.csv.gz", "gz"}).inner_hint, "csv");
  EXPECT_EQ(request_for({"", "all.tgz", "tgz"}).inner_hint, "tar");
  EXPECT_EQ(request_for({"", "a.b c.gz", "gz"}).inner_hint, "");
}

TEST(Protocol, GivesBackARequest) {
  WorkerRequest request;
  request.pdf = true;
  request.web_text = WebText::main_text;
  request.media_hint = "html";
  request.inner_hint = "csv";
  const Result<WorkerRequest> back = decode_request(encode_request(request));
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(back->pdf && back->web_text == WebText::main_text && back->want == WorkerRequest::Want::document);
  EXPECT_EQ(back->media_hint, "html");
  EXPECT_EQ(back->inner_hint, "csv");
  EXPECT_FALSE(decode_request("\x05").has_value());
}

}  // namespace
}  // namespace naru
