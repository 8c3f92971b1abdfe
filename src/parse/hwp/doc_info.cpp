#include "parse/hwp/doc_info.h"

#include "parse/hwp/records.h"
#include "parse/shared/binary_reader.h"

namespace naru::hwp {

namespace {

// Levels 8 to 10 came with 5.1 and stand behind the first seven.
constexpr std::size_t kFirstLevels = 7;

void read_level_heads(BinaryReader& in, Numbering& numbering, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to && in.left() > 0; ++i) {
    const std::uint32_t attributes = in.u32();
    in.skip(2 + 2 + 4);  // width, distance, shape of the characters
    numbering[i].format = static_cast<NumberFormat>((attributes >> 5) & 0xf);
    numbering[i].pattern = in.text16();
  }
}

void read_level_starts(BinaryReader& in, Numbering& numbering, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to && in.left() >= 4; ++i) numbering[i].start = in.u32();
}

Numbering read_numbering(std::string_view bytes) {
  BinaryReader in(bytes);
  Numbering numbering;
  read_level_heads(in, numbering, 0, kFirstLevels);
  numbering[0].start = in.u16();
  if (!in.ok()) numbering[0].start = 1;
  read_level_starts(in, numbering, 0, kFirstLevels);
  read_level_heads(in, numbering, kFirstLevels, kLevels);
  read_level_starts(in, numbering, kFirstLevels, kLevels);
  return numbering;
}

ParagraphShape read_shape(std::string_view bytes) {
  BinaryReader in(bytes);
  const std::uint32_t attributes = in.u32();
  in.skip(6 * 4 + 2);                        // margins, indent, spacing; tabs
  const std::uint16_t numbering = in.u16();  // from 1
  ParagraphShape shape;
  shape.head = static_cast<Head>((attributes >> 23) & 3);
  shape.level = static_cast<std::uint8_t>((attributes >> 25) & 7);
  if (shape.head == Head::number && numbering > 0) shape.numbering = numbering - 1U;
  return shape;
}

}  // namespace

DocInfo read_doc_info(std::string_view stream) {
  DocInfo info;
  for (const Record& record : read_records(stream).list) {
    if (record.tag == Tag::numbering) info.numberings.push_back(read_numbering(record.bytes));
    if (record.tag == Tag::para_shape) info.shapes.push_back(read_shape(record.bytes));
    if (record.tag == Tag::style) info.styles.push_back(BinaryReader(record.bytes).text16());
  }
  return info;
}

ParagraphShape paragraph_shape(const DocInfo& info, std::size_t shape, std::size_t style) {
  ParagraphShape result = shape < info.shapes.size() ? info.shapes[shape] : ParagraphShape();
  if (style < info.styles.size()) apply_outline_style(result, info.styles[style]);
  return result;
}

}  // namespace naru::hwp
