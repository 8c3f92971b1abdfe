#include "record/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kPathMax = 64;          // headings above a block
constexpr std::uint64_t kBoxesMax = 100'000;    // of one block
constexpr std::uint64_t kCellsMax = 1'000'000;  // rows of a table, and cells of a row
constexpr std::uint64_t kMetadataMax = 10'000;  // fields
constexpr std::uint64_t kWarningsMax = 100'000;
constexpr std::uint64_t kLevelMax = 1'000;  // of a heading or a list
constexpr std::uint64_t kNumberMax = ~0ULL;
constexpr std::uint64_t kPlaceMax = 0xffffffffULL;  // of a page, slide, row and the like

// Which parts of a locator follow, as bits.
constexpr std::uint64_t kHasPage = 1, kHasSize = 2, kHasBoxes = 4, kHasBytes = 8, kHasSheet = 16, kHasCells = 32,
                        kHasSlide = 64, kHasShape = 128, kHasSection = 256, kHasParagraph = 512, kHasPart = 1024;
constexpr std::uint64_t kHasAll = 2 * kHasPart - 1;

// Beside a block's kind: the shape of its table follows.
constexpr std::uint64_t kHasTableShape = 8;
static_assert(static_cast<std::uint64_t>(BlockKind::quote) < kHasTableShape);

Error broken(const char* what) { return {Code::corrupt, std::string("a document record is damaged: ") + what}; }

void write_block(ByteWriter& out, const Block& block) {
  const bool has_shape = !block.spans.empty() || block.header_rows != 0;
  out.number(static_cast<std::uint64_t>(block.kind) | (has_shape ? kHasTableShape : 0));
  out.text(block.text);
  out.number(block.level);
  out.path(block.heading_path);
  out.number(block.cells.size());
  for (const auto& row : block.cells) {
    out.number(row.size());
    for (const std::string& cell : row) out.text(cell);
  }
  if (has_shape) {
    out.number(block.header_rows);
    out.number(block.spans.size());
    for (const TableSpan& span : block.spans) {
      for (const std::uint32_t value : {span.row, span.column, span.rows, span.columns}) out.number(value);
    }
  }
  out.locator(block.locator);
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

// Reads a document, and counts what it will take in memory: an empty cell is one byte here and 32 there.
class DocumentReader {
 public:
  DocumentReader(ByteReader& in, std::uint64_t memory_bytes_max)
      : in_(in), memory_bytes_max_(memory_bytes_max), left_(memory_bytes_max) {}

  Result<Document> document(int depth) {
    if (depth > kChildDepthMax) return broken("children nested too deep");
    Document document;
    document.uri = NARU_TRY(text());
    document.format = NARU_TRY(text());
    document.title = NARU_TRY(text());
    document.language = NARU_TRY(text());
    const std::uint64_t metadata = NARU_TRY(count(kMetadataMax));
    for (std::uint64_t i = 0; i < metadata; ++i) {
      std::string key = NARU_TRY(text());
      document.metadata.emplace_back(std::move(key), NARU_TRY(text()));
    }
    const std::uint64_t blocks = NARU_TRY(count(kBlocksMax));
    for (std::uint64_t i = 0; i < blocks; ++i) document.blocks.push_back(NARU_TRY(block()));
    const std::uint64_t warnings = NARU_TRY(count(kWarningsMax));
    for (std::uint64_t i = 0; i < warnings; ++i) document.warnings.push_back(NARU_TRY(text()));
    const std::uint64_t children = NARU_TRY(count(kChildrenMax));
    for (std::uint64_t i = 0; i < children; ++i) {
      std::string name = NARU_TRY(text());
      NARU_TRY(take(sizeof(Document)));
      document.children.emplace_back(std::move(name), NARU_TRY(this->document(depth + 1)));
    }
    return document;
  }

 private:
  // Each of what is counted takes at least one byte.
  Result<std::uint64_t> count(std::uint64_t most) { return in_.number(std::min<std::uint64_t>(most, in_.left())); }

  Status take(std::uint64_t bytes) {
    if (bytes > left_) {
      return Error(Code::limit_exceeded,
                   fmt::format("the document takes over {} MB of memory: split the file", memory_bytes_max_ >> 20));
    }
    left_ -= bytes;
    return {};
  }

  Result<std::string> text() {
    std::string value = NARU_TRY(in_.text());
    NARU_TRY(take(sizeof value + value.size()));
    return value;
  }

  Result<Block> block() {
    NARU_TRY(take(sizeof(Block)));
    Block block;
    const std::uint64_t kind = NARU_TRY(in_.number(2 * kHasTableShape - 1));
    if ((kind & ~kHasTableShape) > static_cast<std::uint64_t>(BlockKind::quote)) return broken("a kind of block");
    block.kind = static_cast<BlockKind>(kind & ~kHasTableShape);
    block.text = NARU_TRY(text());
    block.level = static_cast<std::uint32_t>(NARU_TRY(in_.number(kLevelMax)));
    block.heading_path = NARU_TRY(in_.path());
    for (const std::string& heading : block.heading_path) NARU_TRY(take(sizeof heading + heading.size()));
    const std::uint64_t rows = NARU_TRY(count(kCellsMax));
    for (std::uint64_t r = 0; r < rows; ++r) {
      const std::uint64_t cells = NARU_TRY(count(kCellsMax));
      std::vector<std::string>& row = block.cells.emplace_back();
      NARU_TRY(take(sizeof row));
      for (std::uint64_t c = 0; c < cells; ++c) row.push_back(NARU_TRY(text()));
    }
    if ((kind & kHasTableShape) != 0) NARU_TRY(table_shape(block));
    block.locator = NARU_TRY(in_.locator());
    NARU_TRY(take(block.locator.boxes.size() * sizeof(Box)));
    return block;
  }

  // Spans stay inside the table, so that nobody who draws one has to ask.
  Status table_shape(Block& block) {
    block.header_rows = static_cast<std::uint32_t>(NARU_TRY(in_.number(block.cells.size())));
    const std::uint64_t spans = NARU_TRY(count(kCellsMax));
    NARU_TRY(take(spans * sizeof(TableSpan)));
    for (std::uint64_t i = 0; i < spans; ++i) {
      TableSpan span;
      for (std::uint32_t* value : {&span.row, &span.column, &span.rows, &span.columns}) {
        *value = static_cast<std::uint32_t>(NARU_TRY(in_.number(kCellsMax)));
      }
      const bool inside = span.rows > 0 && span.columns > 0 && span.row + span.rows <= block.cells.size() &&
                          span.column + span.columns <= block.cells[span.row].size();
      if (!inside) return broken("a merged cell outside its table");
      block.spans.push_back(span);
    }
    return {};
  }

  ByteReader& in_;
  const std::uint64_t memory_bytes_max_;
  std::uint64_t left_;
};

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
         (value.bytes ? kHasBytes : 0) | (value.sheet.empty() ? 0 : kHasSheet) | (value.cells ? kHasCells : 0) |
         (value.slide ? kHasSlide : 0) | (value.shape ? kHasShape : 0) | (value.section ? kHasSection : 0) |
         (value.paragraph ? kHasParagraph : 0) | (value.part.empty() ? 0 : kHasPart));
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
  if (!value.sheet.empty()) text(value.sheet);
  if (value.cells) {
    const CellRange& cells = *value.cells;
    for (const std::uint32_t edge : {cells.first_row, cells.first_column, cells.last_row, cells.last_column})
      number(edge);
  }
  for (const auto& place : {value.slide, value.shape, value.section, value.paragraph}) {
    if (place) number(*place);
  }
  if (!value.part.empty()) text(value.part);
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

Result<std::string_view> ByteReader::raw() {
  const std::uint64_t size = NARU_TRY(number(rest_.size()));
  if (size > rest_.size()) return broken("a text is longer than what is left");
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

Result<std::string> ByteReader::text() {
  std::string value(NARU_TRY(raw()));
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
  const std::uint64_t parts = NARU_TRY(number(kHasAll));
  if ((parts & kHasPage) != 0) value.page = static_cast<std::uint32_t>(NARU_TRY(number(kPlaceMax)));
  if ((parts & kHasSize) != 0) {
    const float width = NARU_TRY(real());
    value.page_size = PageSize { width, NARU_TRY(real()) };
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
  if ((parts & kHasSheet) != 0) value.sheet = NARU_TRY(text());
  if ((parts & kHasCells) != 0) {
    CellRange cells;
    for (std::uint32_t* edge : {&cells.first_row, &cells.first_column, &cells.last_row, &cells.last_column}) {
      *edge = static_cast<std::uint32_t>(NARU_TRY(number(kPlaceMax)));
    }
    if (cells.first_row == 0 || cells.first_column == 0 || cells.last_row < cells.first_row ||
        cells.last_column < cells.first_column) {
      return broken("a range of cells that is none");
    }
    value.cells = cells;
  }
  for (const auto& [bit, place] :
       {std::pair(kHasSlide, &value.slide), std::pair(kHasShape, &value.shape), std::pair(kHasSection, &value.section),
        std::pair(kHasParagraph, &value.paragraph)}) {
    if ((parts & bit) != 0) *place = static_cast<std::uint32_t>(NARU_TRY(number(kPlaceMax)));
  }
  if ((parts & kHasPart) != 0) value.part = NARU_TRY(text());
  return value;
}

std::string encode_document(const Document& document) {
  ByteWriter out;
  out.number(kVersion);
  write_document(out, document);
  return out.take();
}

Result<Document> decode_document(std::string_view bytes, std::uint64_t memory_bytes_max) {
  ByteReader in(bytes);
  if (NARU_TRY(in.number(kNumberMax)) != kVersion) return broken("of another version");
  Document document = NARU_TRY(DocumentReader(in, memory_bytes_max).document(0));
  if (!in.empty()) return broken("bytes behind its end");
  return document;
}

}  // namespace naru
