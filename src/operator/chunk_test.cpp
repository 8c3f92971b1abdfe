#include <gtest/gtest.h>

#include <set>

#include "naru/registry.h"
#include "runtime/compress.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "text/sentences.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {
namespace {

std::unique_ptr<Operator> make_step(const std::string& name, Options options, const OperatorContext& context = {}) {
  Registry registry;
  register_operator(registry);
  auto made = registry.find_operator(name)->make(options, context);
  if (!made) ADD_FAILURE() << made.error().describe();
  return std::move(*made);
}

std::unique_ptr<Operator> chunker(std::int64_t max_tokens = 256) {
  Options options;
  options.set("max_tokens", max_tokens);
  return make_step("chunk", options);
}

std::vector<Chunk> chunks_of(const Operator& step, const Document& document) {
  Batch batch(1);
  batch[0].key = "a.md";
  batch[0].lineage.source = "flow";
  batch[0].lineage.item = "a.md";
  batch[0].payload = document;
  auto out = step.process(std::move(batch), nullptr, {});
  if (!out) return ADD_FAILURE() << out.error().describe(), std::vector<Chunk>();
  EXPECT_TRUE(std::holds_alternative<Document>(out->front().payload));
  std::vector<Chunk> chunks;
  for (std::size_t i = 1; i < out->size(); ++i) chunks.push_back(std::get<Chunk>((*out)[i].payload));
  return chunks;
}

// Enough Markdown to shape a document: headings, fences, tables, list items, paragraphs.
Document shape(std::string_view text) {
  Document document;
  std::vector<std::string> path;
  std::size_t at = 0;
  bool fence = false;
  std::size_t block_start = std::string_view::npos, block_end = 0;
  BlockKind kind = BlockKind::paragraph;
  const auto close = [&] {
    if (block_start == std::string_view::npos) return;
    Block block;
    block.kind = kind;
    block.text = text.substr(block_start, block_end - block_start);
    block.locator.bytes = ByteRange{block_start, block_end};
    block.heading_path = path;
    document.blocks.push_back(std::move(block));
    block_start = std::string_view::npos;
  };
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
    if (line.starts_with("```")) {
      close();
      fence = !fence;
      kind = fence ? BlockKind::code : BlockKind::paragraph;
    } else if (!fence && marks > 0 && marks <= 6 && marks < line.size() && line[marks] == ' ') {
      close();
      path.resize(std::min(path.size(), marks - 1));
      Block block;
      block.kind = BlockKind::heading;
      block.level = static_cast<std::uint32_t>(marks);
      block.text = line.substr(marks + 1);
      block.heading_path = path;
      block.locator.bytes = ByteRange{at + marks + 1, end};
      path.push_back(block.text);
      document.blocks.push_back(std::move(block));
      kind = BlockKind::paragraph;
    } else if (!fence && line.find_first_not_of(" \t\r") == std::string_view::npos) {
      close();
      kind = BlockKind::paragraph;
    } else {
      if (!fence && (line.starts_with("- ") || line.starts_with("* "))) {
        close();
        kind = BlockKind::list_item;
      } else if (!fence && block_start == std::string_view::npos) {
        kind = line.starts_with('|') ? BlockKind::table : BlockKind::paragraph;
      }
      if (block_start == std::string_view::npos) block_start = at;
      block_end = end;
    }
    at = end + 1;
  }
  close();
  return document;
}

void expect_well_formed(const Document& document, const std::vector<Chunk>& chunks, std::uint64_t max_tokens) {
  const std::string text = document_text(document);
  std::uint64_t covered = 0;
  std::set<Id128> ids;
  for (const Chunk& chunk : chunks) {
    ASSERT_LE(chunk.text_end, text.size());
    EXPECT_EQ(chunk.text, text.substr(chunk.text_start, chunk.text_end - chunk.text_start));
    EXPECT_FALSE(fold_white_space(chunk.text).empty());
    EXPECT_TRUE(is_valid_utf8(chunk.text));
    EXPECT_GE(chunk.text_start, covered);
    EXPECT_TRUE(fold_white_space(text.substr(covered, chunk.text_start - covered)).empty()) << "text between chunks";
    EXPECT_LE(estimate_tokens(chunk.text), max_tokens + max_tokens / 8);  // separators, and rounding of parts
    EXPECT_TRUE(ids.insert(chunk.id).second);
    covered = chunk.text_end;
  }
  EXPECT_TRUE(fold_white_space(text.substr(std::min<std::size_t>(covered, text.size()))).empty());
}

const std::vector<std::string> kWords = {"the",    "ferry",  "carries", "data",   "from",  "shore", "나루터에서",
                                         "데이터", "문서를", "건너편으로", "옮긴다", "search", "index", "because"};

std::string random_sentence(Random& random) {
  std::string text;
  for (std::uint64_t words = 4 + random.below(16); words > 0; --words) {
    if (!text.empty()) text += ' ';
    text += kWords[random.below(kWords.size())];
  }
  return text + " " + std::to_string(random.below(1'000'000)) + ".";
}

std::string random_paragraph(Random& random) {
  std::string text;
  for (std::uint64_t sentences = 1 + random.below(8); sentences > 0; --sentences) {
    if (!text.empty()) text += ' ';
    text += random_sentence(random);
  }
  return text;
}

Document random_document(Random& random, std::uint64_t blocks) {
  Document document;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    Block block;
    switch (random.below(9)) {
      case 0:
        block.kind = BlockKind::heading;
        block.level = 1 + static_cast<std::uint32_t>(random.below(4));
        block.text = random_sentence(random);
        break;
      case 1:
        block.kind = BlockKind::table;
        for (std::uint64_t row = random.below(40); row > 0; --row) block.text += random_sentence(random) + " | b\n";
        break;
      case 2:
        block.kind = BlockKind::list_item;
        block.text = random_sentence(random);
        break;
      case 3:
        block.kind = BlockKind::code;
        block.text = "\n  \n";
        break;
      case 4:
        block.text = std::string(random.below(4000), 'x');
        break;
      case 5:
        for (std::uint64_t n = random.below(900); n > 0; --n) block.text += "가";
        break;
      default:
        block.text = random_paragraph(random);
    }
    document.blocks.push_back(std::move(block));
  }
  return document;
}

struct Churn {
  double added = 0, removed = 0, edits = 0;
};

// One sentence more in a paragraph: which chunks come and go.
void insert_sentence(const Operator& step, Document document, Random& random, Churn& churn) {
  std::vector<std::size_t> paragraphs;
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    if (document.blocks[i].kind == BlockKind::paragraph) paragraphs.push_back(i);
  }
  if (paragraphs.empty()) return;
  std::set<Id128> before, after;
  for (const Chunk& chunk : chunks_of(step, document)) before.insert(chunk.id);
  std::string& text = document.blocks[paragraphs[random.below(paragraphs.size())]].text;
  const auto sentences = split_sentences(text);
  const std::size_t place = random.below(sentences.size() + 1);
  const std::size_t at = place < sentences.size() ? sentences[place].start : text.size();
  text.insert(at, (at == 0 ? "" : " ") + random_sentence(random) + " ");
  for (const Chunk& chunk : chunks_of(step, document)) after.insert(chunk.id);
  for (const Id128& id : after) churn.added += before.contains(id) ? 0 : 1;
  for (const Id128& id : before) churn.removed += after.contains(id) ? 0 : 1;
  churn.edits += 1;
}

TEST(Chunker, CutsAnyDocumentIntoSlicesThatHoldAllOfItsText) {
  for (const std::int64_t max_tokens : {16, 64, 256}) {
    const auto step = chunker(max_tokens);
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      Random random(seed);
      const Document document = random_document(random, random.below(60));
      expect_well_formed(document, chunks_of(*step, document), static_cast<std::uint64_t>(max_tokens));
    }
  }
}

TEST(Chunker, GivesNothingForADocumentWithoutText) {
  const auto step = chunker();
  EXPECT_TRUE(chunks_of(*step, {}).empty());
  Document blank;
  blank.blocks.resize(3);
  blank.blocks[1].text = " \n\xC2\xA0";
  EXPECT_TRUE(chunks_of(*step, blank).empty());
}

TEST(Chunker, KeepsAShortDocumentWhole) {
  const auto chunks = chunks_of(*chunker(), shape("# Guide\n\nOne.\n\n## Part\n\nTwo.\n"));
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].text, "Guide\n\nOne.\n\nPart\n\nTwo.");
  EXPECT_EQ(chunks[0].heading_path, std::vector<std::string>{"Guide"});
}

TEST(Chunker, CutsAtHeadingsFirstAndNamesTheSection) {
  Random random(3);
  std::string text = "# Guide\n\n";
  for (const char* name : {"Install", "Use", "Repair"}) {
    text += std::string("## ") + name + "\n\n";
    while (estimate_tokens(text) % 200 < 150) text += random_sentence(random) + " ";
    for (int i = 0; i < 8; ++i) text += random_sentence(random) + " ";
    text += "\n\n";
  }
  const auto chunks = chunks_of(*chunker(), shape(text));
  for (const char* name : {"Install", "Use", "Repair"}) {
    const bool found = std::any_of(chunks.begin(), chunks.end(), [&](const Chunk& chunk) {
      return chunk.text.starts_with(name) && chunk.heading_path == std::vector<std::string>{"Guide", name};
    });
    EXPECT_TRUE(found || std::string_view(name) == "Install") << name;
  }
}

TEST(Chunker, NeverPartsAHeadingFromItsText) {
  const auto step = chunker(64);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    std::string text;
    for (int i = 0; i < 20; ++i) text += "## Heading " + std::to_string(i) + "\n\n" + random_paragraph(random) + "\n\n";
    for (const Chunk& chunk : chunks_of(*step, shape(text))) {
      EXPECT_GT(std::count(chunk.text.begin(), chunk.text.end(), '\n'),
                chunk.text.starts_with("Heading") ? 0 : -1) << chunk.text;
    }
  }
}

TEST(Chunker, KeepsTableRowsTogether) {
  Document document;
  Block table;
  table.kind = BlockKind::table;
  for (int row = 0; row < 200; ++row) table.text += (row ? "\n" : "") + std::to_string(row) + " | name | value";
  document.blocks.push_back(table);
  const auto chunks = chunks_of(*chunker(64), document);
  EXPECT_GT(chunks.size(), 5U);
  for (const Chunk& chunk : chunks) EXPECT_TRUE(chunk.text.ends_with("value")) << chunk.text;
}

TEST(Chunker, RepeatsATablesHeaderAndNamesTheRowsOfASheet) {
  Document document;
  Block table;
  table.kind = BlockKind::table;
  table.heading_path = {"Fares"};
  table.header_rows = 1;
  table.locator.sheet = "s";
  table.locator.cells = CellRange{5, 2, 204, 3};
  for (int row = 0; row < 200; ++row) {
    table.cells.push_back(row == 0 ? std::vector<std::string>{"Boat", "Fare"}
                                   : std::vector<std::string>{"boat", std::to_string(row + 5)});
    table.text += (row ? "\n" : "") + table.cells.back()[0] + " | " + table.cells.back()[1];
  }
  document.blocks.push_back(table);
  const auto chunks = chunks_of(*chunker(64), document);
  EXPECT_GT(chunks.size(), 5U);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::vector<std::string> with_header{"Fares", "Boat | Fare"};
    EXPECT_EQ(chunks[i].heading_path, i == 0 ? std::vector<std::string>{"Fares"} : with_header);
    const std::string first = i == 0 ? "Fare" : std::to_string(chunks[i].locator.cells->first_row);
    const std::string last = std::to_string(chunks[i].locator.cells->last_row);
    EXPECT_EQ(chunks[i].text.substr(0, chunks[i].text.find('\n')), (i == 0 ? "Boat | " : "boat | ") + first);
    EXPECT_TRUE(chunks[i].text.ends_with(" " + last)) << chunks[i].text;
  }
}

TEST(Chunker, PointsAtTheExactBytesWhereBlocksDo) {
  Random random(11);
  std::string text = "# Title\n\n";
  for (int i = 0; i < 40; ++i) text += random_paragraph(random) + "\n\n";
  for (const Chunk& chunk : chunks_of(*chunker(64), shape(text))) {
    ASSERT_TRUE(chunk.locator.bytes);
    const ByteRange range = *chunk.locator.bytes;
    const std::string there = text.substr(range.start, range.end - range.start);
    EXPECT_EQ(fold_white_space(there), fold_white_space(chunk.text));
  }
}

TEST(Chunker, TakesPageAndBoxesOfItsFirstPage) {
  Document document;
  for (std::uint32_t page : {1U, 1U, 2U}) {
    Block block;
    block.text = "words on page " + std::to_string(page);
    block.locator.page = page;
    block.locator.page_size = PageSize{100, 200};
    block.locator.boxes = {{1, 2, 3, static_cast<float>(page)}};
    document.blocks.push_back(std::move(block));
  }
  const auto chunks = chunks_of(*chunker(), document);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].locator.page, 1U);
  EXPECT_EQ(chunks[0].locator.boxes.size(), 2U);
  EXPECT_FALSE(chunks[0].locator.bytes);
}

TEST(Chunker, FindsARunningHeadOnceAndPageNumbersNever) {
  Document document;
  const auto add = [&](std::string text, std::string part) {
    Block& block = document.blocks.emplace_back();
    block.text = std::move(text);
    block.locator.part = std::move(part);
  };
  for (int i = 0; i < 30; ++i) add("The words of page " + std::to_string(i), "");
  add("The ferry handbook, sheet 1", "header");
  add("Baedari House", "footer");
  for (int page = 2; page <= 30; ++page) {
    add("The ferry handbook, sheet " + std::to_string(page), "header");
    add("- " + std::to_string(page) + " -", "footer");
  }
  const auto chunks = chunks_of(*chunker(), document);
  ASSERT_GE(chunks.size(), 2U);
  EXPECT_EQ(chunks.back().text, "The ferry handbook, sheet 1\n\nBaedari House");
  EXPECT_TRUE(chunks[chunks.size() - 2].text.ends_with("page 29"));
  // A member that has the name is no running head.
  for (Block& block : document.blocks) block.heading_path = {"header"};
  EXPECT_TRUE(chunks_of(*chunker(), document).back().text.ends_with("- 30 -"));
}

TEST(Chunker, OneInsertedSentenceChangesAtMostTwoChunksInTheMean) {
  const auto step = chunker();
  Churn churn;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    std::string text = "# Guide\n\n";
    for (int section = 0; section < 6; ++section) {
      text += "## Section " + std::to_string(section) + "\n\n";
      for (std::uint64_t i = 3 + random.below(6); i > 0; --i) text += random_paragraph(random) + "\n\n";
    }
    const Document document = shape(text);
    for (int edit = 0; edit < 10; ++edit) insert_sentence(*step, document, random, churn);
  }
  RecordProperty("added_mean", std::to_string(churn.added / churn.edits));
  EXPECT_LE(churn.added / churn.edits, 2.0);
  EXPECT_LE(churn.removed / churn.edits, 2.0);
}

// Files of a tar archive: 512-byte headers with the name at 0 and the size in octal at 124.
std::vector<std::string> files_of_tar(const std::string& tar, std::string_view ending) {
  std::vector<std::string> files;
  for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
    const std::string name = tar.c_str() + at;
    std::size_t size = 0;
    for (std::size_t i = at + 124; i < at + 135 && tar[i] >= '0' && tar[i] <= '7'; ++i) {
      size = size * 8 + static_cast<std::size_t>(tar[i] - '0');
    }
    if (name.ends_with(ending)) files.push_back(tar.substr(at + 512, size));
    at += 512 + (size + 511) / 512 * 512;
  }
  return files;
}

TEST(Chunker, OneInsertedSentenceInARealDocumentChangesAtMostTwoChunksInTheMean) {
  const std::string path = "../shared/data/doc-tree/crewai-docs-en-ko.tar.zst";
  if (!file_exists(path)) GTEST_SKIP() << "needs " << path;
  const auto packed = read_file(path);
  ASSERT_TRUE(packed);
  const auto tar = zstd_decompress(*packed, 1ULL << 30);
  ASSERT_TRUE(tar) << tar.error().describe();
  std::set<std::string> distinct;
  for (std::string& file : files_of_tar(*tar, ".mdx")) distinct.insert(std::move(file));
  const auto step = chunker();
  Churn churn;
  double tokens = 0, count = 0, small = 0;
  Random random(5);
  std::size_t number = 0;
  for (const std::string& file : distinct) {
    if (number++ % 3 != 0) continue;
    const Document document = shape(file);
    const auto chunks = chunks_of(*step, document);
    expect_well_formed(document, chunks, 256);
    for (const Chunk& chunk : chunks) {
      tokens += static_cast<double>(estimate_tokens(chunk.text));
      small += estimate_tokens(chunk.text) < 51 ? 1 : 0;
      count += 1;
    }
    for (int edit = 0; edit < 3; ++edit) insert_sentence(*step, document, random, churn);
  }
  RecordProperty("added_mean", std::to_string(churn.added / churn.edits));
  RecordProperty("tokens_mean", std::to_string(tokens / count));
  EXPECT_LE(churn.added / churn.edits, 2.0);
  EXPECT_LE(churn.removed / churn.edits, 2.0);
  EXPECT_GE(tokens / count, 100.0) << "passages are too short to be found by";
  EXPECT_LE(small / count, 0.15);
}

TEST(Chunker, IsLinearInHostileText) {
  const auto step = chunker();
  Document document;
  document.blocks.resize(100'000);
  for (Block& block : document.blocks) block.text = "same words again and again and again in each of these lines";
  Block line;
  line.text = std::string(3'000'000, 'x');
  document.blocks.push_back(line);
  EXPECT_GT(chunks_of(*step, document).size(), 5'000U);
}

TEST(ChunkStep, RefusesAMinimumThatLeavesNoRoom) {
  Registry registry;
  register_operator(registry);
  Options options;
  options.set("max_tokens", std::int64_t{64});
  options.set("min_tokens", std::int64_t{60});
  EXPECT_FALSE(registry.find_operator("chunk")->make(options, {}));
}

TEST(ChunkStep, FingerprintTellsLimitsApart) {
  EXPECT_EQ(chunker(256)->fingerprint(), chunker(256)->fingerprint());
  EXPECT_NE(chunker(256)->fingerprint(), chunker(128)->fingerprint());
}

}  // namespace
}  // namespace naru
