#include "parse/hwp/body.h"

#include "parse/shared/binary_reader.h"
#include "text/unicode.h"

namespace naru::hwp {

namespace {

constexpr std::uint32_t id_of(const char (&name)[5]) {
  std::uint32_t id = 0;
  for (int i = 0; i < 4; ++i) id = (id << 8) | static_cast<unsigned char>(name[i]);
  return id;
}

constexpr std::uint32_t kTable = id_of("tbl "), kDrawing = id_of("gso "), kEquation = id_of("eqed");
constexpr std::uint32_t kSection = id_of("secd"), kHeader = id_of("head"), kFooter = id_of("foot");
constexpr std::uint32_t kFootnote = id_of("fn  "), kEndnote = id_of("en  "), kComment = id_of("tcmt");
constexpr std::uint32_t kNumber = id_of("atno"), kOverlap = id_of("tcps"), kRuby = id_of("tdut");

// Control characters of a paragraph's text, in UTF-16 units: eight with what they carry, or one.
constexpr std::size_t kWideUnits = 8;
enum : std::uint16_t {
  kTab = 9,
  kLineBreak = 10,
  kParagraphEnd = 13,
  kHyphen = 24,
  kNoBreakBlank = 30,
  kFixedBlank = 31
};
constexpr std::uint16_t kFirstPlain = 32;

bool is_wide(std::uint16_t unit) { return unit != 0 && unit != kLineBreak && unit != kParagraphEnd && unit < kHyphen; }
bool has_control(std::uint16_t unit) { return is_wide(unit) && !(unit >= 4 && unit <= 9) && unit != 19 && unit != 20; }

std::uint16_t unit_at(std::string_view units, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(units[at]) |
                                    (static_cast<unsigned char>(units[at + 1]) << 8));
}

// Plain text, private characters made public.
void append_text(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) append_utf8(out, public_character(next_code_point(text, at)));
}

// Common to tables, drawings and equations: where it stands, how large it is, and its description at the end.
std::string description_of(std::string_view bytes) {
  BinaryReader in(bytes);
  in.skip(4 + 4 + 4 * 4 + 4 + 4 * 2 + 4 + 4);  // id, attributes, place and size, order, margins, instance, page break
  return in.left() >= 2 ? in.text16() : std::string();
}

void add_description(std::string_view bytes, Paragraph& out) {
  Object object;
  object.kind = Object::Kind::description;
  object.at = out.text.size();
  Paragraph line;
  line.text = own_description(description_of(bytes));
  if (line.text.empty()) return;
  object.paragraphs.push_back(std::move(line));
  out.objects.push_back(std::move(object));
}

// An automatic number that is text: of a note, a figure, a table. Page numbers are not.
std::string automatic_number(std::string_view bytes) {
  BinaryReader in(bytes);
  in.skip(4);
  const std::uint32_t attributes = in.u32();
  const std::uint16_t number = in.u16();
  if (!in.ok() || (attributes & 0xf) == 0) return {};
  const std::uint16_t symbol = in.u16(), before = in.u16(), after = in.u16();
  return number_text(static_cast<NumberFormat>((attributes >> 4) & 0xff), number, symbol, before, after);
}

std::string ruby(std::string_view bytes) {
  BinaryReader in(bytes);
  in.skip(4);
  std::string text = in.text16();
  const std::string above = in.text16();
  if (!above.empty()) text += "(" + above + ")";
  return text;
}

std::string overlapped(std::string_view bytes) {
  BinaryReader in(bytes);
  in.skip(4);
  return in.text16();
}

}  // namespace

Section SectionReader::read() {
  Section section;
  section.paragraphs = paragraphs({0, list_.size()}, 0);
  section.outline_numbering = outline_numbering_;
  return section;
}

std::vector<Paragraph> SectionReader::paragraphs(Range range, std::size_t depth) {
  std::vector<Paragraph> out;
  for (std::size_t i = range.from; i < range.to; i = list_[i].end) {
    if (list_[i].tag == Tag::para_header) out.push_back(paragraph(i, depth));
  }
  return out;
}

void SectionReader::gather(Range range, std::size_t depth, std::vector<Paragraph>& out) {
  for (std::size_t i = range.from; i < range.to;) {
    if (list_[i].tag == Tag::para_header) {
      out.push_back(paragraph(i, depth));
      i = list_[i].end;
      continue;
    }
    if (list_[i].tag == Tag::text_art) {
      BinaryReader in(list_[i].bytes);
      in.skip(4 * 8);  // its corners
      Paragraph line;
      append_text(line.text, in.text16());
      out.push_back(std::move(line));
    }
    ++i;
  }
}

Paragraph SectionReader::paragraph(std::size_t index, std::size_t depth) {
  Paragraph out;
  if (depth > kDepthMax) {
    left_out_ = true;
    return out;
  }
  BinaryReader in(list_[index].bytes);
  in.skip(4 + 4);  // how many characters; which controls
  const std::uint16_t shape = in.u16();
  out.shape = paragraph_shape(info_, shape, in.u8());

  std::string_view units;
  std::vector<std::size_t> controls;
  Object memo;
  memo.kind = Object::Kind::note;
  const Range range = below(index);
  for (std::size_t i = range.from; i < range.to; i = list_[i].end) {
    if (list_[i].tag == Tag::para_text) units = list_[i].bytes;
    if (list_[i].tag == Tag::ctrl_header) controls.push_back(i);
    // Memos stand below the section's last paragraph.
    if (list_[i].tag == Tag::para_header) memo.paragraphs.push_back(paragraph(i, depth + 1));
    if (list_[i].tag == Tag::memo_list) gather(below(i), depth + 1, memo.paragraphs);
  }
  text(units, controls, depth, out);
  memo.at = out.text.size();
  if (!memo.paragraphs.empty()) out.objects.push_back(std::move(memo));
  return out;
}

void SectionReader::text(std::string_view units, const std::vector<std::size_t>& controls, std::size_t depth,
                         Paragraph& out) {
  std::size_t next_control = 0;
  std::size_t plain = 0;  // where the run of plain text began
  const auto flush = [&](std::size_t end) {
    if (end > plain) append_text(out.text, utf16le_to_utf8(units.substr(plain, end - plain)));
  };
  std::size_t at = 0;
  while (at + 1 < units.size()) {
    const std::uint16_t unit = unit_at(units, at);
    if (unit >= kFirstPlain) {
      at += 2;
      continue;
    }
    flush(at);
    if (has_control(unit) && next_control < controls.size()) control(controls[next_control++], depth, out);
    if (unit == kTab) out.text += '\t';
    if (unit == kLineBreak) out.text += '\n';
    if (unit == kHyphen) out.text += '-';
    if (unit == kNoBreakBlank || unit == kFixedBlank) out.text += ' ';
    at += 2 * (is_wide(unit) ? kWideUnits : 1);
    plain = at;
  }
  flush(std::min(at, units.size()));
  // Controls that no character stands for: a damaged text must not take them along.
  while (next_control < controls.size()) control(controls[next_control++], depth, out);
}

void SectionReader::control(std::size_t index, std::size_t depth, Paragraph& out) {
  const std::string_view bytes = list_[index].bytes;
  Object object;
  object.at = out.text.size();
  switch (BinaryReader(bytes).u32()) {
    case kTable:
      return table(index, depth, out);
    case kDrawing:
      return drawing(index, depth, out);
    case kSection:
      return section_definition(index, depth, out);
    case kEquation:
      for (std::size_t i = index + 1; i < list_[index].end; ++i) {
        if (list_[i].tag != Tag::equation) continue;
        BinaryReader in(list_[i].bytes);
        in.skip(4);
        append_text(out.text, in.text16());
      }
      return;
    case kNumber:
      append_text(out.text, automatic_number(bytes));
      return;
    case kOverlap:
      append_text(out.text, overlapped(bytes));
      return;
    case kRuby:
      append_text(out.text, ruby(bytes));
      return;
    case kHeader:
    case kFooter:
      object.kind = Object::Kind::page_part;
      break;
    case kFootnote:
    case kEndnote:
    case kComment:
      object.kind = Object::Kind::note;
      break;
    default:
      return;  // fields: their text stands in the paragraph; marks and page numbers have none
  }
  object.paragraphs = paragraphs(below(index), depth + 1);
  out.objects.push_back(std::move(object));
}

// Lists of paragraphs: before the table's record the caption, behind it the cells.
void SectionReader::table(std::size_t index, std::size_t depth, Paragraph& out) {
  Object object;
  object.kind = Object::Kind::table;
  object.at = out.text.size();
  bool seen_table = false;
  std::vector<Paragraph>* list = &object.caption;
  const Range range = below(index);
  for (std::size_t i = range.from; i < range.to; i = list_[i].end) {
    BinaryReader in(list_[i].bytes);
    if (list_[i].tag == Tag::table) {
      seen_table = true;
      object.repeats_first_row = (in.u32() & 4) != 0;
    } else if (list_[i].tag == Tag::list_header && !seen_table) {
      in.skip(4 + 4);                              // how many paragraphs; how they run
      object.caption_first = (in.u32() & 3) == 2;  // left, right, top, bottom
    } else if (list_[i].tag == Tag::list_header) {
      Cell cell;
      in.skip(4);
      cell.names_columns = ((in.u32() >> 18) & 1) != 0;
      cell.column = in.u16();
      cell.row = in.u16();
      cell.columns = in.u16();
      cell.rows = in.u16();
      object.cells.push_back(std::move(cell));
      list = &object.cells.back().paragraphs;
    } else if (list_[i].tag == Tag::para_header) {
      list->push_back(paragraph(i, depth + 1));
    }
  }
  add_description(list_[index].bytes, out);
  out.objects.push_back(std::move(object));
}

// Lists of paragraphs: beside the drawing's parts the caption, below them their texts.
void SectionReader::drawing(std::size_t index, std::size_t depth, Paragraph& out) {
  Object object;
  object.at = out.text.size();
  const Range range = below(index);
  for (std::size_t i = range.from; i < range.to; i = list_[i].end) {
    if (list_[i].tag == Tag::para_header) {
      object.caption.push_back(paragraph(i, depth + 1));
    } else if (list_[i].tag == Tag::list_header) {
      BinaryReader in(list_[i].bytes);
      in.skip(4 + 4);
      object.caption_first = (in.u32() & 3) == 2;
    } else {
      gather({i, list_[i].end}, depth + 1, object.paragraphs);
    }
  }
  add_description(list_[index].bytes, out);
  if (!object.paragraphs.empty() || !object.caption.empty()) out.objects.push_back(std::move(object));
}

void SectionReader::section_definition(std::size_t index, std::size_t depth, Paragraph& out) {
  BinaryReader in(list_[index].bytes);
  in.skip(4 + 4 + 2 + 2 + 2 + 4);            // id, attributes, gaps, default tab
  const std::uint16_t numbering = in.u16();  // from 1
  if (in.ok() && numbering > 0) outline_numbering_ = numbering - 1U;
  Object master;  // pages on which all others are printed
  master.kind = Object::Kind::page_part;
  master.at = out.text.size();
  master.paragraphs = paragraphs(below(index), depth + 1);
  if (!master.paragraphs.empty()) out.objects.push_back(std::move(master));
}

}  // namespace naru::hwp
