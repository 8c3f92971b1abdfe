#include "parse/pdf/square_font.h"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace naru::pdf {

namespace {

// Of 1000 units: a Korean syllable's place in its square.
constexpr int kUnits = 1000, kLeft = 50, kRight = 950, kBottom = -100, kTop = 850;

class Bytes {
 public:
  Bytes& u8(unsigned value) { return add(value, 1); }
  Bytes& u16(int value) { return add(static_cast<std::uint32_t>(value), 2); }
  Bytes& u32(std::uint32_t value) { return add(value, 4); }
  Bytes& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  Bytes& add(std::uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) bytes_ += static_cast<char>(value >> (8 * i));
    return *this;
  }
  std::string bytes_;
};

struct Table {
  std::string_view tag;
  std::string bytes;
};

std::string head() {
  Bytes b;
  b.u32(0x10000).u32(0x10000).u32(0).u32(0x5F0F3CF5);  // versions, no checksum, the format's own number
  b.u16(0).u16(kUnits).u32(0).u32(0).u32(0).u32(0);    // flags, and no dates
  b.u16(kLeft).u16(kBottom).u16(kRight).u16(kTop);
  return b.u16(0).u16(8).u16(2).u16(1).u16(0).take();  // style, smallest size, direction, long offsets, glyphs as ever
}

std::string hhea() {
  Bytes b;
  b.u32(0x10000).u16(kTop).u16(kBottom).u16(0).u16(kUnits).u16(kLeft).u16(kUnits - kRight).u16(kRight);
  return b.u16(1).u16(0).u16(0).u16(0).u16(0).u16(0).u16(0).u16(0).u16(1).take();  // one width for all
}

std::string maxp() {
  Bytes b;
  b.u32(0x10000).u16(2).u16(4).u16(1);  // two glyphs of four points in one outline
  for (int i = 0; i < 10; ++i) b.u16(0);
  return b.take();
}

// Every character is glyph 1 (format 13: many to one).
std::string cmap() {
  Bytes b;
  b.u16(0).u16(1).u16(3).u16(10).u32(12);
  return b.u16(13).u16(0).u32(28).u32(0).u32(1).u32(0x20).u32(0x10FFFF).u32(1).take();
}

std::string square() {
  constexpr int kOnCurve = 1;
  Bytes b;
  b.u16(1).u16(kLeft).u16(kBottom).u16(kRight).u16(kTop).u16(3).u16(0);
  for (int i = 0; i < 4; ++i) b.u8(kOnCurve);
  b.u16(kLeft).u16(0).u16(kRight - kLeft).u16(0);
  b.u16(kBottom).u16(kTop - kBottom).u16(0).u16(kBottom - kTop);
  while (b.size() % 4 != 0) b.u8(0);
  return b.take();
}

}  // namespace

std::string make_square_font() {
  const std::string glyph = square();
  const auto length = static_cast<std::uint32_t>(glyph.size());
  // Sorted by tag, as the format asks. The glyph for what is missing is a square too.
  const std::vector<Table> tables = {{"cmap", cmap()},
                                     {"glyf", glyph + glyph},
                                     {"head", head()},
                                     {"hhea", hhea()},
                                     {"hmtx", Bytes().u16(kUnits).u16(kLeft).u16(kLeft).u16(0).take()},
                                     {"loca", Bytes().u32(0).u32(length).u32(2 * length).take()},
                                     {"maxp", maxp()}};
  constexpr std::size_t kDirectoryBytes = 12, kEntryBytes = 16;
  Bytes file;
  file.u32(0x10000).u16(static_cast<int>(tables.size())).u16(64).u16(2).u16(48);
  std::size_t at = kDirectoryBytes + kEntryBytes * tables.size();
  for (const Table& table : tables) {
    file.raw(table.tag).u32(0).u32(static_cast<std::uint32_t>(at)).u32(static_cast<std::uint32_t>(table.bytes.size()));
    at += table.bytes.size();
  }
  for (const Table& table : tables) file.raw(table.bytes);
  return file.take();
}

namespace {

// Latin fonts stay PDFium's own: it has them, with their widths.
void* map_font(FPDF_SYSFONTINFO* /*info*/, int /*weight*/, FPDF_BOOL /*italic*/, int charset, int /*pitch*/,
               const char* /*face*/, FPDF_BOOL* /*exact*/) {
  static int handle = 0;
  return charset == FXFONT_ANSI_CHARSET || charset == FXFONT_SYMBOL_CHARSET ? nullptr : &handle;
}

unsigned long font_data(FPDF_SYSFONTINFO* /*info*/, void* /*font*/, unsigned table, unsigned char* buffer,
                        unsigned long size) {
  static const std::string file = make_square_font();
  if (table != 0) return 0;
  if (buffer != nullptr && size >= file.size()) std::memcpy(buffer, file.data(), file.size());
  return file.size();
}

void delete_font(FPDF_SYSFONTINFO* /*info*/, void* /*font*/) {}

}  // namespace

FPDF_SYSFONTINFO* square_font_info() {
  static FPDF_SYSFONTINFO info = [] {
    FPDF_SYSFONTINFO made{};
    made.version = 1;
    made.MapFont = map_font;
    made.GetFontData = font_data;
    made.DeleteFont = delete_font;
    return made;
  }();
  return &info;
}

}  // namespace naru::pdf
