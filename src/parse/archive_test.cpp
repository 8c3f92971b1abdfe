#include <gtest/gtest.h>

#include "parse/shared/golden_testing.h"
#include "parse/shared/testing.h"
#include "runtime/compress.h"
#include "runtime/random.h"
#include "runtime/zip_testing.h"

namespace naru {
namespace {

using testing::make_zip;
using testing::ZipFile;

std::string tar_header(const std::string& name, std::size_t size, char type = '0') {
  std::string block(512, '\0');
  block.replace(0, name.size(), name);
  const auto octal = [&](std::size_t at, std::size_t digits, std::size_t value) {
    for (std::size_t i = 0; i < digits; ++i, value /= 8)
      block[at + digits - 1 - i] = static_cast<char>('0' + value % 8);
  };
  octal(124, 11, size);
  block[156] = type;
  block.replace(257, 6, std::string("ustar\0", 6));
  block.replace(148, 8, "        ");
  std::size_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  octal(148, 6, sum);
  block[154] = '\0';
  return block;
}

std::string tar_member(const std::string& name, const std::string& bytes, char type = '0') {
  std::string member = tar_header(name, bytes.size(), type) + bytes;
  member.resize((member.size() + 511) / 512 * 512);
  return member;
}

std::string gzipped(const std::string& bytes) {
  return std::string("\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0", 15) + testing::deflated(bytes) + std::string(8, '\0');
}

std::string names(const Document& document) {
  std::string all;
  for (const auto& [name, child] : document.children) all += name + " (" + child.format + ")\n";
  return all;
}

TEST(Zip, EachMemberIsReadByItsOwnParser) {
  const Document document = parsed(make_zip({{"a/notes.md", "# Title\n\nText."},
                                             {"a/", ""},
                                             {"__MACOSX/a/._notes.md", "x"},
                                             {"table.csv", "a,b\n1,2\n"},
                                             {"picture.png", "\x89PNG\r\n\x1a\n...."}}),
                                   "zip");
  EXPECT_EQ(names(document), "a/notes.md (markdown)\ntable.csv (csv)\npicture.png (unread)\n");
  EXPECT_EQ(outline(document.children[0].document), "heading 1: Title\nparagraph: Text.\n");
  EXPECT_TRUE(warns(document, "picture.png"));
}

TEST(Zip, KoreanNamesAreRightInEveryForm) {
  const std::string cp949 = "\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4.txt";  // 안녕하세요
  EXPECT_EQ(names(parsed(make_zip({{cp949, "text"}}), "zip")), "안녕하세요.txt (text)\n");
  EXPECT_EQ(names(parsed(make_zip({{"안.txt", "text"}}), "zip")), "안.txt (text)\n");
  EXPECT_EQ(names(parsed(make_zip({{"\u1112\u1161\u11ab.txt", "text"}}), "zip")), "한.txt (text)\n") << "NFD";
  const std::string only_cp949 = "\x8c\x63\xb9\xe6\xb0\xa2\xc7\xcf.txt";  // 똠방각하
  EXPECT_EQ(names(parsed(make_zip({{only_cp949, "text"}}), "zip")), "똠방각하.txt (text)\n");
  const std::string german = "Gr\x94\xe1\x65.txt";  // of DOS
  EXPECT_EQ(names(parsed(make_zip({{german, "text"}}), "zip")), "Größe.txt (text)\n");
}

TEST(Tar, KoreanNamesAreRightInEveryForm) {
  EXPECT_EQ(names(parsed(tar_member("\xb0\xa1.txt", "text") + tar_member("\xc7\xd1\xb1\xdb.txt", "text"), "tar")),
            "가.txt (text)\n한글.txt (text)\n");
  EXPECT_EQ(names(parsed(tar_member("\u1112\u1161\u11ab.txt", "text"), "tar")), "한.txt (text)\n") << "NFD";
}

TEST(Zip, ArchivesInArchivesAreReadUpToADepth) {
  std::string inner = make_zip({{"deep.txt", "at the bottom"}});
  for (int i = 0; i < 3; ++i) inner = make_zip({{"in.zip", inner}});
  const Document* document = nullptr;
  const Document whole = parsed(inner, "zip");
  document = &whole;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(document->children.size(), 1U);
    document = &document->children[0].document;
  }
  EXPECT_EQ(outline(*document), "paragraph: at the bottom\n");
  for (int i = 0; i < 20; ++i) inner = make_zip({{"in.zip", inner}});
  const Result<Document> deep = parse_bytes(inner, "zip");
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message().find("members deep"), std::string::npos) << deep.error().message();
}

TEST(Zip, BombsAndSecretsAreNamedWithTheReason) {
  const Document document = parsed(make_zip({{"bomb.txt", std::string(100'000'000, 'a')},
                                             {.name = "secret.txt", .bytes = "x", .flags = 1},
                                             {"fine.txt", "fine"}}),
                                   "zip");
  EXPECT_EQ(names(document), "bomb.txt (unread)\nsecret.txt (unread)\nfine.txt (text)\n");
  EXPECT_FALSE(parsed(make_zip({}), "zip").warnings.empty());
  const Result<Document> pictures = parse_bytes(make_zip({{"p.png", "\x89PNG\r\n\x1a\n...."}}), "zip");
  ASSERT_FALSE(pictures);
  EXPECT_EQ(pictures.error().code(), Code::unsupported);
}

TEST(Tar, EachFileIsReadByItsOwnParser) {
  const std::string long_name = repeated("d", 150) + "/n.txt";
  const std::string pax = "29 path=" + std::string("페리/시간표.csv") + "\n";
  const std::string tar = tar_member("folder/", "", '5') + tar_member("folder/a.md", "# T") +
                          tar_member("././@LongLink", long_name, 'L') + tar_member("cut", "long") +
                          tar_member("x", pax, 'x') + tar_member("y", "a,b\n1,2\n") + std::string(1024, '\0');
  const Document document = parsed(tar, "tar");
  EXPECT_EQ(names(document), "folder/a.md (markdown)\n" + long_name + " (text)\n페리/시간표.csv (csv)\n");
}

TEST(ArchiveGolden, FeaturesAreInFilesThatTheTestWrites) {
  const auto stored = [](const std::string& name, const std::string& bytes) {
    return ZipFile{.name = name, .bytes = bytes, .stored = true};
  };
  expect_golden_file("zip/names_cp949.zip", make_zip({stored("\xbe\xc8\xb3\xe7/\x8c\x63\xb9\xe6.txt", "안녕"),
                                                      stored("\u1112\u1161\u11ab.md", "# 한")}));
  const std::string inner = make_zip({stored("deep.csv", "a,b\n1,2\n")});
  expect_golden_file("zip/nested.zip", make_zip({stored("in.zip", inner), stored("p.png", "\x89PNG\r\n\x1a\n....")}));
  expect_golden_file("tar/names_long.tar", tar_member("././@LongLink", repeated("긴이름", 40) + ".txt", 'L') +
                                               tar_member("cut", "long") + tar_member("\xb0\xa1.txt", "가") +
                                               std::string(1024, '\0'));
}

TEST(Tar, WhatBreaksOffIsReadAsFarAsItGoes) {
  const std::string tar = tar_member("a.txt", "first") + tar_member("b.txt", std::string(600, 'b'));
  const Document document = parsed(tar.substr(0, 512 + 512 + 512 + 100), "tar");
  EXPECT_EQ(names(document), "a.txt (text)\nb.txt (text)\n");
  EXPECT_TRUE(warns(document, "cut off"));
}

TEST(Compressed, WhatItHoldsIsItsChild) {
  const Document gz = parsed(gzipped("hello there"), "gz");
  EXPECT_EQ(names(gz), "test (text)\n");
  EXPECT_EQ(outline(gz.children[0].document), "paragraph: hello there\n");
  const Document tgz = parsed(gzipped(tar_member("a.md", "# T")), "tgz");
  ASSERT_EQ(names(tgz), "test (tar)\n");
  EXPECT_EQ(names(tgz.children[0].document), "a.md (markdown)\n");
  EXPECT_EQ(names(parsed(zstd_compress("hello there"), "zst")), "test (text)\n");
}

TEST(Compressed, DamageAndBombsAreSaid) {
  const std::string whole = gzipped(repeated("words and more words, ", 2000));
  EXPECT_TRUE(warns(parsed(whole.substr(0, whole.size() / 2), "gz"), "damaged"));
  const Result<Document> bomb = parse_bytes(gzipped(std::string(20'000'000, 'a')), "gz");
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().code(), Code::limit_exceeded);
  EXPECT_FALSE(parse_bytes("\x1f\x8b\x08", "gz"));
  using namespace std::string_view_literals;
  EXPECT_FALSE(
      parse_bytes("\xfd"
                  "7zXZ\0 nonsense"sv,
                  "xz"));
}

TEST(Archives, MangledOnesAreReadOrRefused) {
  const std::vector<std::string> seeds = {make_zip({{"a.txt", "some text"}, {"b.csv", "a,b\n"}}),
                                          tar_member("a.txt", "some text") + tar_member("b.csv", "a,b\n"),
                                          gzipped("some text"), zstd_compress("some text")};
  Random random(11);
  for (int i = 0; i < 800; ++i) {
    std::string bytes = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (int k = 0; k < 3; ++k) bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    if (random.below(3) == 0) bytes.resize(random.below(bytes.size()) + 1);
    const Result<Document> document = parse_bytes(bytes, "");
    if (document) {
      EXPECT_FALSE(document->blocks.empty() && document->children.empty() && document->warnings.empty());
    }
  }
}

}  // namespace
}  // namespace naru
