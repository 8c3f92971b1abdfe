#include "record/codec.h"

#include <cmath>
#include <cstring>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kPathMax = 64;          // headings above a block
constexpr std::uint64_t kBoxesMax = 100'000;    // of one block
constexpr std::uint64_t kCellsMax = 1'000'000;  // rows of a table, and cells of a row
constexpr std::uint64_t kNumberMax = ~0ULL;

// Which parts of a locator follow, as bits.
constexpr std::uint64_t kHasPage = 1, kHasSize = 2, kHasBoxes = 4, kHasBytes = 8;

Error broken(const char* what) { return {Code::corrupt, std::string("a document record is damaged: ") + what}; }

void write_block(ByteWriter& out, const Block& block) {
  out.number(static_cast<std::uint64_t>(block.kind));
  out.text(block.text);
  out.number(block.level);
  out.path(block.heading_path);
  out.number(block.cells.size());
  for (const auto& row : block.cells) {
    out.number(row.size());
    for (const std::string& cell : row) out.text(cell);
  }
  out.locator(block.locator);
}

Result<Block> read_block(ByteReader& in) {
  Block block;
  block.kind = static_cast<BlockKind>(NARU_TRY(in.number(static_cast<std::uint64_t>(BlockKind::quote))));
  block.text = NARU_TRY(in.text());
  block.level = static_cast<std::uint32_t>(NARU_TRY(in.number(1000)));
  block.heading_path = NARU_TRY(in.path());
  const std::uint64_t rows = NARU_TRY(in.number(std::min<std::uint64_t>(kCellsMax, in.left())));
  for (std::uint64_t r = 0; r < rows; ++r) {
    const std::uint64_t cells = NARU_TRY(in.number(std::min<std::uint64_t>(kCellsMax, in.left())));
    std::vector<std::string>& row = block.cells.emplace_back();
    for (std::uint64_t c = 0; c < cells; ++c) row.push_back(NARU_TRY(in.text()));
  }
  block.locator = NARU_TRY(in.locator());
  return block;
}

void write_document(ByteWriter& out, const Document& document) {
  out.text(document.uri);
  out.text(document.format);
  out.text(document.title);
  out.text(document.language);
  out.number(document.metadata.size());
  for (const auto& [key, value] : document.metadata) {
    out.text(key);
    out.text(value);
  }
  out.number(document.blocks.size());
  for (const Block& block : document.blocks) write_block(out, block);
  out.number(document.warnings.size());
  for (const std::string& warning : document.warnings) out.text(warning);
  out.number(document.children.size());
  for (const auto& [name, child] : document.children) {
    out.text(name);
    write_document(out, child);
  }
}

Result<Document> read_document(ByteReader& in, int depth) {
  if (depth > kChildDepthMax) return broken("children nested too deep");
  Document document;
  document.uri = NARU_TRY(in.text());
  document.format = NARU_TRY(in.text());
  document.title = NARU_TRY(in.text());
  document.language = NARU_TRY(in.text());
  const std::uint64_t metadata = NARU_TRY(in.number(std::min<std::uint64_t>(10'000, in.left())));
  for (std::uint64_t i = 0; i < metadata; ++i) {
    std::string key = NARU_TRY(in.text());
    document.metadata.emplace_back(std::move(key), NARU_TRY(in.text()));
  }
  const std::uint64_t blocks = NARU_TRY(in.number(std::min<std::uint64_t>(kBlocksMax, in.left())));
  for (std::uint64_t i = 0; i < blocks; ++i) document.blocks.push_back(NARU_TRY(read_block(in)));
  const std::uint64_t warnings = NARU_TRY(in.number(std::min<std::uint64_t>(100'000, in.left())));
  for (std::uint64_t i = 0; i < warnings; ++i) document.warnings.push_back(NARU_TRY(in.text()));
  const std::uint64_t children = NARU_TRY(in.number(std::min<std::uint64_t>(kChildrenMax, in.left())));
  for (std::uint64_t i = 0; i < children; ++i) {
    std::string name = NARU_TRY(in.text());
    document.children.emplace_back(std::move(name), NARU_TRY(read_document(in, depth + 1)));
  }
  return document;
}

}  // namespace

void ByteWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void ByteWriter::real(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, 4);
  for (int i = 0; i < 4; ++i, bits >>= 8) bytes_ += static_cast<char>(bits & 0xff);
}

void ByteWriter::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void ByteWriter::path(const std::vector<std::string>& value) {
  number(std::min<std::uint64_t>(value.size(), kPathMax));
  for (std::size_t i = 0; i < value.size() && i < kPathMax; ++i) text(value[i]);
}

void ByteWriter::locator(const Locator& value) {
  number((value.page ? kHasPage : 0) | (value.page_size ? kHasSize : 0) | (value.boxes.empty() ? 0 : kHasBoxes) |
         (value.bytes ? kHasBytes : 0));
  if (value.page) number(*value.page);
  if (value.page_size) {
    real(value.page_size->width);
    real(value.page_size->height);
  }
  if (!value.boxes.empty()) {
    number(value.boxes.size());
    for (const Box& box : value.boxes) {
      for (const float edge : {box.x0, box.y0, box.x1, box.y1}) real(edge);
    }
  }
  if (value.bytes) {
    number(value.bytes->start);
    number(value.bytes->end);
  }
}

Result<std::uint64_t> ByteReader::number(std::uint64_t maximum) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return broken("it ends too early");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (value > maximum) return broken("a number is out of range");
    return value;
  }
  return broken("a number is too long");
}

Result<float> ByteReader::real() {
  if (rest_.size() < 4) return broken("it ends too early");
  std::uint32_t bits = 0;
  for (int i = 3; i >= 0; --i) bits = (bits << 8) | static_cast<unsigned char>(rest_[static_cast<std::size_t>(i)]);
  rest_.remove_prefix(4);
  float value = 0;
  std::memcpy(&value, &bits, 4);
  if (!std::isfinite(value)) return broken("a coordinate is no number");
  return value;
}

Result<std::string> ByteReader::text() {
  const std::uint64_t size = NARU_TRY(number(rest_.size()));
  if (size > rest_.size()) return broken("a text is longer than what is left");
  std::string value(rest_.substr(0, size));
  rest_.remove_prefix(size);
  if (!is_valid_utf8(value)) return broken("a text is not UTF-8");
  return value;
}

Result<std::vector<std::string>> ByteReader::path() {
  const std::uint64_t count = NARU_TRY(number(kPathMax));
  std::vector<std::string> value;
  for (std::uint64_t i = 0; i < count; ++i) value.push_back(NARU_TRY(text()));
  return value;
}

Result<Locator> ByteReader::locator() {
  Locator value;
  const std::uint64_t parts = NARU_TRY(number(kHasPage | kHasSize | kHasBoxes | kHasBytes));
  if ((parts & kHasPage) != 0) value.page = static_cast<std::uint32_t>(NARU_TRY(number(0xffffffffULL)));
  if ((parts & kHasSize) != 0) {
    const float width = NARU_TRY(real());
    value.page_size = PageSize{width, NARU_TRY(real())};
  }
  if ((parts & kHasBoxes) != 0) {
    const std::uint64_t count = NARU_TRY(number(std::min<std::uint64_t>(kBoxesMax, rest_.size() / 16)));
    for (std::uint64_t i = 0; i < count; ++i) {
      Box box;
      for (float* edge : {&box.x0, &box.y0, &box.x1, &box.y1}) *edge = NARU_TRY(real());
      value.boxes.push_back(box);
    }
  }
  if ((parts & kHasBytes) != 0) {
    ByteRange range;
    range.start = NARU_TRY(number(kNumberMax));
    range.end = NARU_TRY(number(kNumberMax));
    if (range.end < range.start) return broken("a byte range runs backwards");
    value.bytes = range;
  }
  return value;
}

std::string encode_document(const Document& document) {
  ByteWriter out;
  out.number(kVersion);
  write_document(out, document);
  return out.take();
}

Result<Document> decode_document(std::string_view bytes) {
  ByteReader in(bytes);
  if (NARU_TRY(in.number(kNumberMax)) != kVersion) return broken("of another version");
  Document document = NARU_TRY(read_document(in, 0));
  if (!in.empty()) return broken("bytes behind its end");
  return document;
}

}  // namespace naru
