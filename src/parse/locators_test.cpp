// A block's words stand at its locator and no others do: documents put together at random out of words that occur once
// each, read, and looked up again by something that knows no more than the format's marks. Text, Markdown, HTML and the
// formats of Office have such tests beside their own.
#include <gtest/gtest.h>

#include <map>

#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"
#include "runtime/random.h"
#include "runtime/sandbox.h"
#include "runtime/zip_testing.h"

namespace naru {
namespace {

constexpr int kRounds = kSanitized ? 20 : 100;

class Words {
 public:
  explicit Words(std::uint64_t seed) : random(seed) {}
  std::string next() { return fmt::format("w{}", ++count_); }
  std::string some() {
    std::string text = next();
    for (std::uint64_t n = random.below(4); n > 0; --n) text += " " + next();
    return text;
  }
  Random random;

 private:
  int count_ = 0;
};

// "w1", "w23", ... as they stand in a text; nothing else of it.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find('w'); at != std::string_view::npos; at = text.find('w', at + 1)) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    if (end > at + 1) words.emplace_back(text.substr(at, end - at));
  }
  return words;
}

// Every word of the file is in a block, and those of a block are those of its bytes.
void expect_words_at_their_bytes(const std::string& bytes, std::string_view extension) {
  const Document document = parsed(bytes, extension);
  std::vector<std::string> read;
  for (const Block& block : document.blocks) {
    const std::vector<std::string> words = words_of(block.text);
    EXPECT_EQ(words_of(bytes_at(bytes, block)), words) << "in\n" << bytes;
    read.insert(read.end(), words.begin(), words.end());
  }
  EXPECT_EQ(read, words_of(bytes)) << "in\n" << bytes;
}

TEST(Locators, RowsOfTables) {
  Words words(1);
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes;
    const std::uint64_t columns = 2 + words.random.below(4);
    // More rows than one block takes, now and then.
    for (std::uint64_t row = words.random.below(round % 20 == 0 ? 1'500 : 20) + 2; row > 0; --row) {
      for (std::uint64_t i = 0; i < columns; ++i) {
        const std::string cell = words.some();
        bytes += (i > 0 ? "," : "") + (words.random.below(4) == 0 ? "\"" + cell + ",\n\"\"나루\"\"\"" : cell);
      }
      bytes += words.random.below(2) == 0 ? "\n" : "\r\n";
    }
    expect_words_at_their_bytes(bytes, "csv");
  }
}

std::string json_value(Words& words, int depth) {
  const std::uint64_t kind = words.random.below(depth > 0 ? 4 : 2);
  if (kind == 0) return "\"" + words.some() + "\"";
  if (kind == 1) return "\"\\uac00 " + words.some() + "\\n\"";
  std::string inside;
  for (std::uint64_t i = 0; i < 1 + words.random.below(3); ++i) {
    inside += fmt::format("{} {}{}", i > 0 ? "," : "", kind == 2 ? fmt::format("\"키{}\": ", i) : "",
                          json_value(words, depth - 1));
  }
  return kind == 2 ? "{" + inside + "}" : "[" + inside + "]";
}

TEST(Locators, RecordsOfJson) {
  Words words(2);
  for (int round = 0; round < kRounds; ++round) {
    std::string list, lines;
    for (std::uint64_t n = 1 + words.random.below(8); n > 0; --n) {
      list += (list.empty() ? "[\n" : ",\n  ") + json_value(words, 3);
      lines += json_value(words, 2) + "\n";
    }
    expect_words_at_their_bytes(list + "]", "json");
    expect_words_at_their_bytes(lines, "jsonl");
  }
}

TEST(Locators, ElementsOfXml) {
  Words words(3);
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = "<?xml version=\"1.0\"?>\n<나루>\n";
    for (std::uint64_t n = 1 + words.random.below(8); n > 0; --n) {
      switch (words.random.below(4)) {
        case 0:
          bytes += "<p>" + words.some() + " <em>" + words.next() + "</em> &amp; " + words.some() + "</p>\n";
          break;
        case 1:
          bytes += "<boat name=\"" + words.some() + "\"><fare>" + words.next() + "</fare></boat>\n";
          break;
        case 2:
          bytes += "<t><![CDATA[" + words.some() + " < ]]></t><!-- none -->\n";
          break;
        default:
          bytes += "<section><title>" + words.some() + "</title><p>" + words.some() + "</p></section>\n";
          break;
      }
    }
    expect_words_at_their_bytes(bytes + "</나루>", "xml");
  }
}

TEST(Locators, PiecesOfPrograms) {
  Words words(4);
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes;
    for (std::uint64_t n = 1 + words.random.below(round % 10 == 0 ? 60 : 8); n > 0; --n) {
      bytes += "# " + words.some() + "\ndef f():\n";
      for (std::uint64_t i = words.random.below(6); i > 0; --i) {
        bytes += "\tx = \"" + words.some() + "\"" + (words.random.below(3) == 0 ? "\r\n\r\n" : "\n");
      }
      bytes += words.random.below(2) == 0 ? "\n\n" : "\n";
    }
    expect_words_at_their_bytes(bytes, "py");
  }
}

// Parts in parts: each text is told under the number that IMAP gives it.
std::string mail_parts(Words& words, const std::string& number, int depth, std::map<std::string, std::string>& places) {
  const std::string boundary = fmt::format("b{}", words.next());
  std::string out = "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n";
  for (int i = 1; i <= 2 + static_cast<int>(words.random.below(2)); ++i) {
    const std::string inner = number + (number.empty() ? "" : ".") + std::to_string(i);
    out += "--" + boundary + "\n";
    if (depth > 0 && words.random.below(3) == 0) {
      out += mail_parts(words, inner, depth - 1, places);
      continue;
    }
    const std::string text = words.some();
    for (const std::string& word : words_of(text)) places[word] = inner;
    const bool html = words.random.below(3) == 0;
    out += html ? "Content-Type: text/html\n\n<p>" + text + "</p>\n" : "Content-Type: text/plain\n\n" + text + "\n";
  }
  return out + "--" + boundary + "--\n";
}

TEST(Locators, PartsOfMail) {
  Words words(5);
  for (int round = 0; round < kRounds; ++round) {
    std::map<std::string, std::string> places, read;
    const Document document =
        parsed("From: a@example.com\nSubject: x\nMIME-Version: 1.0\n" + mail_parts(words, "", 3, places), "eml");
    for (const Block& block : document.blocks) {
      for (const std::string& word : words_of(block.text)) read[word] = block.locator.part;
    }
    EXPECT_EQ(read, places);
  }
}

TEST(Locators, MembersOfArchives) {
  Words words(6);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<testing::ZipFile> files;
    for (std::uint64_t i = 1 + words.random.below(6); i > 0; --i) {
      files.push_back({fmt::format("나루/{}.txt", i), words.some()});
    }
    const Document document = parsed(testing::make_zip(files), "zip");
    ASSERT_EQ(document.children.size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(document.children[i].name, files[i].name);
      EXPECT_EQ(outline(document.children[i].document), "paragraph: " + files[i].bytes + "\n");
    }
  }
}

bool is_in_a_box(const Block& block, double x, double y) {
  return std::any_of(block.locator.boxes.begin(), block.locator.boxes.end(),
                     [&](const Box& box) { return box.x0 <= x && x <= box.x1 && box.y0 <= y && y <= box.y1; });
}

TEST(Locators, WordsOfPagesAreInTheBoxesOfTheirBlock) {
  constexpr double kHeight = 792, kSize = 11, kLine = 14;
  Words words(7);
  for (int round = 0; round < kRounds / 5; ++round) {
    struct Place {
      std::uint32_t page;
      double x, y;
    };
    std::map<std::string, Place> places;
    PdfWriter writer;
    for (std::uint32_t page = 1; page <= 3; ++page) {
      std::string content;
      for (double y = 720; y > 60; y -= kLine * static_cast<double>(1 + words.random.below(3))) {
        double x = 72;
        for (std::uint64_t n = 1 + words.random.below(5); n > 0; --n, x += 100) {
          const std::string word = words.next();
          places[word] = {page, x + 2, kHeight - y - 3};  // in its first letter
          content += PdfWriter::text(x, y, kSize, word);
        }
      }
      writer.add(content);
    }
    const Document document = parsed(writer.write(), "pdf");
    std::size_t found = 0;
    for (const Block& block : document.blocks) {
      for (const std::string& word : words_of(block.text)) {
        const Place& place = places[word];
        EXPECT_EQ(block.locator.page, place.page) << word;
        EXPECT_TRUE(is_in_a_box(block, place.x, place.y)) << word << " at " << place.x << ", " << place.y;
        ++found;
      }
    }
    EXPECT_EQ(found, places.size());
  }
}

}  // namespace
}  // namespace naru
