// HWP 5 documents of our own making: paragraphs, controls and tables as records, in an OLE compound file. For tests
// only.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parse/shared/compound_file_testing.h"

namespace naru::hwp {

// Deflate without compression: blocks of at most 65,535 bytes as they are.
inline std::string stored_deflate(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at == 0 || at < bytes.size(); at += 0xffff) {
    const std::string_view part = bytes.substr(at, 0xffff);
    const bool last = at + 0xffff >= bytes.size();
    out += le(last ? 1 : 0, 1) + le(part.size(), 2) + le(~part.size(), 2);
    out += part;
  }
  return out;
}

inline std::string record_bytes(unsigned tag, unsigned level, std::string_view bytes) {
  const bool is_long = bytes.size() >= 0xfff;
  std::string out = le(tag | (level << 10) | ((is_long ? 0xfff : bytes.size()) << 20), 4);
  if (is_long) out += le(bytes.size(), 4);
  return out += bytes;
}

inline std::string text16(std::string_view text) {
  const std::string units = utf16le(text);
  return le(units.size() / 2, 2) + units;
}

inline std::uint32_t control_id(std::string_view name) {
  std::uint32_t id = 0;
  for (const char c : name) id = (id << 8) | static_cast<unsigned char>(c);
  return id;
}

// The text of a paragraph with the records of its controls; at(level) gives the paragraph's own.
class TestParagraph {
 public:
  explicit TestParagraph(std::string_view text = {}, unsigned shape = 0, unsigned style = 0)
      : units_(utf16le(text)), shape_(shape), style_(style) {}

  TestParagraph& text(std::string_view more) { return units_ += utf16le(more), *this; }
  TestParagraph& unit(unsigned code) { return units_ += le(code, 2), *this; }
  TestParagraph& tab() { return wide(9, 0); }
  TestParagraph& wide(unsigned code, std::uint32_t id) {
    units_ += le(code, 2) + le(id, 4) + std::string(8, '\0') + le(code, 2);
    return *this;
  }

  struct Sub {  // a record below the control's head
    unsigned tag, below;
    std::string bytes;
  };
  TestParagraph& control(unsigned code, std::string_view id, std::string_view more = {}, std::vector<Sub> subs = {}) {
    wide(code, control_id(id));
    controls_.push_back({std::string(id), std::string(more), std::move(subs), {}});
    return *this;
  }
  // A list of paragraphs below the last control, behind the records that it has.
  TestParagraph& list(std::string list_header, std::vector<TestParagraph> paragraphs, unsigned below = 1) {
    controls_.back().lists.push_back(
        {std::move(list_header), std::move(paragraphs), below, controls_.back().subs.size()});
    return *this;
  }
  TestParagraph& sub(Sub sub) { return controls_.back().subs.push_back(std::move(sub)), *this; }

  std::string at(unsigned level) const {
    const std::string units = units_ + le(13, 2);
    std::string out = record_bytes(
        66, level, le(units.size() / 2, 4) + le(0, 4) + le(shape_, 2) + le(style_, 1) + std::string(11, '\0'));
    out += record_bytes(67, level + 1, units);
    for (const Control& control : controls_) out += control_at(control, level + 1);
    return out;
  }

 private:
  struct List {
    std::string header;
    std::vector<TestParagraph> paragraphs;
    unsigned below;
    std::size_t after_subs;
  };
  struct Control {
    std::string id, more;
    std::vector<Sub> subs;
    std::vector<List> lists;
  };

  static std::string control_at(const Control& control, unsigned level) {
    std::string out = record_bytes(71, level, le(control_id(control.id), 4) + control.more);
    std::size_t next_list = 0;
    for (std::size_t i = 0; i <= control.subs.size(); ++i) {
      for (; next_list < control.lists.size() && control.lists[next_list].after_subs == i; ++next_list) {
        const List& list = control.lists[next_list];
        out += record_bytes(72, level + list.below, list.header);
        for (const TestParagraph& one : list.paragraphs) out += one.at(level + list.below);
      }
      if (i < control.subs.size())
        out += record_bytes(control.subs[i].tag, level + control.subs[i].below, control.subs[i].bytes);
    }
    return out;
  }

  std::string units_;
  unsigned shape_, style_;
  std::vector<Control> controls_;
};

// What stands before a table's or drawing's own records: place, size and a description.
inline std::string common_head(std::string_view description = {}) {
  return std::string(4 + 4 * 4 + 4 + 8 + 4 + 4, '\0') + text16(description);
}

inline std::string cell_header(unsigned row, unsigned column, unsigned rows = 1, unsigned columns = 1,
                               bool is_title = false) {
  return le(1, 4) + le(is_title ? 1U << 18 : 0, 4) + le(column, 2) + le(row, 2) + le(columns, 2) + le(rows, 2) +
         std::string(20, '\0');
}

inline std::string list_head() { return le(1, 4) + le(0, 4); }

struct TestCell {
  unsigned row, column, rows, columns;
  std::vector<TestParagraph> paragraphs;
};

inline TestParagraph table_paragraph(unsigned rows, unsigned columns, std::vector<TestCell> cells,
                                     std::string_view caption = {}) {
  TestParagraph out;
  out.control(11, "tbl ", common_head());
  if (!caption.empty()) out.list(list_head() + le(3, 4) + std::string(10, '\0'), {TestParagraph(caption)});
  std::string table = le(4, 4) + le(rows, 2) + le(columns, 2) + std::string(10, '\0');
  for (unsigned i = 0; i < rows; ++i) table += le(columns, 2);
  out.sub({77, 1, table + le(0, 2) + le(0, 2)});
  for (TestCell& cell : cells) {
    out.list(cell_header(cell.row, cell.column, cell.rows, cell.columns), std::move(cell.paragraphs));
  }
  return out;
}

class HwpWriter {
 public:
  std::uint32_t flags = 1;  // compressed
  std::uint32_t version = 0x05010000;
  std::string preview = "미리 보기";

  // Ids count from 0 in the order of calls. `head`: 0 none, 1 outline, 2 number, 3 bullet.
  void shape(unsigned head = 0, unsigned level = 0, unsigned numbering = 0) {
    info_ += record_bytes(
        25, 1, le((head << 23) | (level << 25), 4) + std::string(26, '\0') + le(numbering, 2) + std::string(22, '\0'));
  }
  void style(std::string_view name) { info_ += record_bytes(26, 1, text16(name) + text16("") + std::string(10, '\0')); }
  // Patterns and formats of levels 1 to 7; those that are left out are digits without a pattern.
  void numbering(std::vector<std::pair<std::string, unsigned>> levels) {
    levels.resize(7);
    std::string bytes;
    for (const auto& [pattern, format] : levels) bytes += le(format << 5, 4) + le(0, 8) + text16(pattern);
    bytes += le(1, 2);
    for (int i = 0; i < 7; ++i) bytes += le(1, 4);
    info_ += record_bytes(23, 1, bytes);
  }
  // The first paragraph of a section carries its definition, with the outline's numbering from 1.
  static TestParagraph section_start(unsigned outline_numbering = 0) {
    TestParagraph out;
    out.control(2, "secd", std::string(14, '\0') + le(outline_numbering, 2) + std::string(20, '\0'));
    return out;
  }
  void section(const std::vector<TestParagraph>& paragraphs) {
    std::string stream;
    for (const TestParagraph& one : paragraphs) stream += one.at(0);
    sections_.push_back(std::move(stream));
  }
  void raw_section(std::string stream) { sections_.push_back(std::move(stream)); }
  void summary(std::string_view title, std::string_view author) {
    const std::string first = le(31, 4) + le(utf16le(title).size() / 2 + 1, 4) + utf16le(title) + le(0, 2);
    const std::string second = le(31, 4) + le(utf16le(author).size() / 2 + 1, 4) + utf16le(author) + le(0, 2);
    const std::string third = le(64, 4) + le(133'485'408'000'000'000ULL, 8);  // 2024-01-01
    const std::size_t start = 8 + 3 * 8;
    std::string set = le(start + first.size() + second.size() + third.size(), 4) + le(3, 4);
    set += le(2, 4) + le(start, 4) + le(4, 4) + le(start + first.size(), 4) + le(12, 4) +
           le(start + first.size() + second.size(), 4);
    summary_ = le(0xfffe, 2) + le(0, 2) + le(0, 4) + std::string(16, '\0') + le(1, 4) + std::string(16, '\0') +
               le(48, 4) + set + first + second + third;
  }

  std::string write(bool version4 = false) const {
    CompoundFileWriter file;
    std::string header = "HWP Document File";
    header.resize(32);
    header += le(version, 4) + le(flags, 4);
    header.resize(256);
    file.add("FileHeader", header);
    file.add("DocInfo", packed(info_));
    if (!summary_.empty()) file.add("\005HwpSummaryInformation", summary_);
    const bool view = (flags & 4) != 0;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const std::string bytes = packed(sections_[i]);
      file.add((view ? "ViewText/Section" : "BodyText/Section") + std::to_string(i), view ? sealed(bytes) : bytes);
    }
    if (!preview.empty()) file.add("PrvText", utf16le(preview));
    return file.write(version4);
  }

 private:
  std::string packed(std::string_view bytes) const {
    return (flags & 1) != 0 ? stored_deflate(bytes) : std::string(bytes);
  }

  // As Hancom seals a distribution document: a covered record with the key, then AES-128-ECB.
  static std::string sealed(std::string bytes) {
    constexpr std::uint32_t kSeed = 0x00c0ffee;
    std::string plain = le(kSeed, 4);
    for (std::size_t i = 4; i < 256; ++i) plain += static_cast<char>(i * 37);
    const std::string key = plain.substr(4 + (kSeed & 0xf), 16);
    std::uint32_t state = kSeed, cover = 0, left = 0;
    const auto next = [&] { return state = state * 214013 + 2531011, (state >> 16) & 0x7fff; };
    for (std::size_t i = 0; i < plain.size(); ++i, --left) {
      if (left == 0) {
        cover = next() & 0xff;
        left = (next() & 0xf) + 1;
      }
      if (i >= 4) plain[i] = static_cast<char>(static_cast<unsigned char>(plain[i]) ^ cover);
    }
    bytes.resize((bytes.size() + 15) / 16 * 16);
    std::string secret(bytes.size(), '\0');
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, reinterpret_cast<const unsigned char*>(key.data()),
                       nullptr);
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(secret.data()), &length,
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    EVP_CIPHER_CTX_free(context);
    return record_bytes(28, 0, plain) + secret;
  }

  std::string info_, summary_;
  std::vector<std::string> sections_;
};

// Headings, numbers, a table with merged cells and one in a cell, a note, a header, a box, an equation.
inline HwpWriter ferry_handbook() {
  HwpWriter writer;
  writer.summary("나루 안내서", "나루지기");
  writer.numbering({{"제^1장", 0}, {"^1.^2", 0}});
  writer.numbering({{"^1)", 8}});
  writer.shape();         // 0: text
  writer.shape(1, 0);     // 1: heading
  writer.shape(1, 1);     // 2: heading below
  writer.shape(2, 0, 2);  // 3: numbered by the second numbering
  writer.shape(3, 0, 1);  // 4: bullet
  writer.style("바탕글");
  writer.style("개요 3");
  const auto cell = [](std::string_view text) { return std::vector<TestParagraph>{TestParagraph(text)}; };

  TestParagraph start = HwpWriter::section_start(1);
  start.control(16, "head", std::string(8, '\0')).list(list_head(), {TestParagraph("나루 운항 규정")});
  start.control(16, "foot", std::string(8, '\0')).list(list_head(), {TestParagraph("문의 02-123-4567")});
  TestParagraph noted("배는 하루 두 번 강을 건넌다.");
  TestParagraph note;
  note.control(18, "atno", le(1, 4) + le(1, 2) + le(0, 2) + le(0, 2) + le(')', 2)).text(" 물때에 따라 다르다.");
  noted.control(17, "fn  ", std::string(16, '\0')).list(list_head(), {note});
  noted.text(" 겨울에는").tab().text("쉰다.");

  TestParagraph inner = table_paragraph(1, 2, {{0, 0, 1, 1, cell("어른")}, {0, 1, 1, 1, cell("아이")}});
  TestParagraph table = table_paragraph(3, 3,
                                        {{0, 0, 1, 1, cell("배")},
                                         {0, 1, 1, 2, cell("요금")},
                                         {1, 0, 2, 1, cell("큰 배")},
                                         {1, 1, 1, 1, cell("2000원")},
                                         {1, 2, 1, 1, {TestParagraph("나누면"), inner}},
                                         {2, 1, 1, 2, cell("단체는 따로")}},
                                        "표 1 뱃삯");
  TestParagraph box;
  box.control(11, "gso ", common_head("사각형입니다.\r\n나루의 그림"), {{76, 1, std::string(8, '\0')}});
  box.list(list_head() + std::string(12, '\0'), {TestParagraph("줄을 서 주세요.")}, 2);
  TestParagraph equation("속력은 ");
  equation.control(11, "eqed", common_head(), {{88, 1, le(0, 4) + text16("v = s over t")}}).text("이다.");

  writer.section({start, TestParagraph("운항", 1), TestParagraph("시간", 2), noted, TestParagraph("뱃삯", 2), table,
                  TestParagraph("표를 산다", 3), TestParagraph("배를 탄다", 3), TestParagraph("모자를 잡는다", 4), box,
                  equation});
  writer.section({HwpWriter::section_start(1), TestParagraph("짐", 1), TestParagraph("큰 짐", 0, 1),
                  TestParagraph("󰊱 \U000f0854책\U000f0855")});
  return writer;
}

}  // namespace naru::hwp
