#include "parse/hwp/owpml.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru::hwp {

namespace {

// Elements by what they are: the names are those of OWPML and HWPML in small letters.
enum class What : std::uint8_t {
  other,
  paragraph,
  run,
  text,
  list,
  controls,
  choice,
  section,
  table,
  row,
  cell,
  cell_address,
  cell_span,
  page_part,
  note,
  field,
  equation,
  script,
  number,
  overlap,
  ruby,
  caption,
  description,
  text_art,
  tab,
  line_break,
  hyphen,
  blank,
  deletion_start,
  deletion_end,
  silent,
};

constexpr std::size_t kNameBytesMax = 24;

struct Name {
  std::string_view name;
  What what;
};

// Sorted, for a binary search.
constexpr std::array<Name, 51> kNames = {{
    {"autonum", What::number},
    {"bookmark", What::silent},
    {"caption", What::caption},
    {"cell", What::cell},
    {"celladdr", What::cell_address},
    {"cellspan", What::cell_span},
    {"char", What::text},
    {"colpr", What::silent},
    {"compose", What::overlap},
    {"ctrl", What::controls},
    {"deletebegin", What::deletion_start},
    {"deleteend", What::deletion_end},
    {"dutmal", What::ruby},
    {"endnote", What::note},
    {"equation", What::equation},
    {"fieldbegin", What::field},
    {"fieldend", What::silent},
    {"footer", What::page_part},
    {"footnote", What::note},
    {"fwspace", What::blank},
    {"header", What::page_part},
    {"hiddencomment", What::note},
    {"hypen", What::hyphen},  // so it is spelled in HWPML
    {"hyphen", What::hyphen},
    {"indexmark", What::silent},
    {"linebreak", What::line_break},
    {"linesegarray", What::silent},
    {"masterpage", What::page_part},
    {"nbspace", What::blank},
    {"newnum", What::silent},
    {"p", What::paragraph},
    {"pagehiding", What::silent},
    {"pagenum", What::silent},
    {"pagenumctrl", What::silent},
    {"paralist", What::list},
    {"row", What::row},
    {"run", What::run},
    {"script", What::script},
    {"secdef", What::section},
    {"secpr", What::section},
    {"shapecomment", What::description},
    {"sublist", What::list},
    {"switch", What::choice},
    {"t", What::text},
    {"tab", What::tab},
    {"table", What::table},
    {"tbl", What::table},
    {"tc", What::cell},
    {"text", What::run},
    {"textart", What::text_art},
    {"tr", What::row},
}};

// In small letters and without '_': "HANGUL_SYLLABLE" and "HangulSyllable" are one.
std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return out;
}

What what_is(const pugi::xml_node& node) {
  const std::string_view name = local_name(node);
  if (name.empty() || name.size() > kNameBytesMax) return What::other;
  const std::string plain = plain_name(name);
  const auto* found = std::lower_bound(kNames.begin(), kNames.end(), plain,
                                       [](const Name& a, const std::string& b) { return a.name < b; });
  return found != kNames.end() && found->name == plain ? found->what : What::other;
}

// An attribute by its name in OWPML or in HWPML.
std::string_view attribute_of(const pugi::xml_node& node, std::string_view owpml, std::string_view hwpml) {
  const std::string_view value = attribute(node, owpml);
  return value.empty() ? attribute(node, hwpml) : value;
}
long long number_of(const pugi::xml_node& node, std::string_view owpml, std::string_view hwpml, long long fallback) {
  return to_number(attribute_of(node, owpml, hwpml), fallback);
}
std::uint32_t place_of(const pugi::xml_node& node, std::string_view owpml, std::string_view hwpml, long long fallback) {
  return static_cast<std::uint32_t>(std::clamp<long long>(number_of(node, owpml, hwpml, fallback), 0, 0xffffffff));
}
bool is_true(std::string_view value) { return value == "1" || value == "true"; }
bool stands_first(std::string_view side) { return side == "TOP" || side == "Top"; }

NumberFormat number_format(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kFormats = {
      "digit",         "circleddigit",        "romancapital",      "romansmall",     "latincapital",
      "latinsmall",    "circledlatincapital", "circledlatinsmall", "hangulsyllable", "circledhangulsyllable",
      "hanguljamo",    "circledhanguljamo",   "hangulphonetic",    "ideograph",      "circledideograph",
      "decagoncircle", "decagoncirclehanja"};
  const auto* found = std::find(kFormats.begin(), kFormats.end(), plain_name(name));
  return found == kFormats.end() ? NumberFormat::digit : static_cast<NumberFormat>(found - kFormats.begin());
}

Head head_of(std::string_view type) {
  const std::string name = plain_name(type);
  if (name == "outline") return Head::outline;
  if (name == "number") return Head::number;
  return name == "bullet" ? Head::bullet : Head::none;
}

void append_public(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) append_utf8(out, public_character(next_code_point(text, at)));
}

// Line ends in the markup's own layout are none in the text.
void append_markup_text(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c != '\n' && c != '\r') append_utf8(out, public_character(c));
  }
}

char32_t first_character(std::string_view text) {
  std::size_t at = 0;
  return text.empty() ? 0 : next_code_point(text, at);
}

// An automatic number that is text: of a note, a figure, a table. Page numbers are not.
std::string automatic_number(const pugi::xml_node& node) {
  const std::string kind = plain_name(attribute_of(node, "numType", "NumberType"));
  if (kind == "page" || kind == "totalpage") return {};
  std::string_view type, symbol, before, after;
  for (const pugi::xml_node& format : node.children()) {
    if (plain_name(local_name(format)) != "autonumformat") continue;
    type = attribute_of(format, "type", "Type");
    symbol = attribute_of(format, "userChar", "UserChar");
    before = attribute_of(format, "prefixChar", "PrefixChar");
    after = attribute_of(format, "suffixChar", "SuffixChar");
  }
  return number_text(number_format(type), place_of(node, "num", "Number", 1), first_character(symbol),
                     first_character(before), first_character(after));
}

std::string ruby(const pugi::xml_node& node) {
  std::string text, above;
  for (const pugi::xml_node& part : node.children()) {
    const std::string name = plain_name(local_name(part));
    if (name == "maintext") text = text_of(part);
    if (name == "subtext") above = text_of(part);
  }
  return above.empty() ? text : text + "(" + above + ")";
}

Numbering read_numbering(const pugi::xml_node& node) {
  Numbering numbering;
  for (const pugi::xml_node& head : node.children()) {
    if (plain_name(local_name(head)) != "parahead") continue;
    const long long level = number_of(head, "level", "Level", 0);
    if (level < 1 || level > static_cast<long long>(kLevels)) continue;
    NumberingLevel& one = numbering[static_cast<std::size_t>(level - 1)];
    one.pattern = text_of(head);
    one.format = number_format(attribute_of(head, "numFormat", "NumFormat"));
    one.start = place_of(head, "start", "Start", 1);
  }
  return numbering;
}

ParagraphShape read_shape(const pugi::xml_node& node, long long& numbering) {
  ParagraphShape shape;
  pugi::xml_node heading = child(node, "heading");
  const pugi::xml_node& from = heading ? heading : node;  // HWPML has it among the shape's own attributes
  shape.head = head_of(attribute_of(from, "type", "HeadingType"));
  shape.level = static_cast<std::uint8_t>(std::clamp<long long>(number_of(from, "level", "Level", 0), 0, kLevels - 1));
  numbering = number_of(from, "idRef", "Heading", 0);
  return shape;
}

void look_through_head(const pugi::xml_node& node, MarkupHead& head, std::map<long long, long long>& numbered) {
  for (const pugi::xml_node& one : node.children()) {
    const std::string name = plain_name(local_name(one));
    const long long id = number_of(one, "id", "Id", -1);
    if (name == "numbering") {
      head.numbering_ids[id] = static_cast<std::uint32_t>(head.numberings.size());
      head.numberings.push_back(read_numbering(one));
    } else if (name == "parapr" || name == "parashape") {
      head.shapes[id] = read_shape(one, numbered[id]);
    } else if (name == "style") {
      head.styles[id] = attribute_of(one, "name", "Name");
    } else {
      look_through_head(one, head, numbered);
    }
  }
}

}  // namespace

MarkupHead read_markup_head(const pugi::xml_node& root) {
  MarkupHead head;
  std::map<long long, long long> numbered;  // shapes come before or behind the numberings that they name
  look_through_head(root, head, numbered);
  for (auto& [id, shape] : head.shapes) {
    const auto found = head.numbering_ids.find(numbered[id]);
    if (shape.head == Head::number && found != head.numbering_ids.end()) shape.numbering = found->second;
  }
  return head;
}

Section MarkupReader::section(const pugi::xml_node& node) {
  Section section;
  outline_numbering_ = kNoNumbering;
  for (const pugi::xml_node& one : node.children()) {
    if (what_is(one) == What::paragraph) section.paragraphs.push_back(paragraph(one, 0));
    if (what_is(one) == What::list) gather(one, 0, section.paragraphs);
  }
  section.outline_numbering = outline_numbering_;
  return section;
}

std::vector<Paragraph> MarkupReader::paragraphs(const pugi::xml_node& list, std::size_t depth) {
  std::vector<Paragraph> out;
  gather(list, depth, out);
  return out;
}

void MarkupReader::gather(const pugi::xml_node& node, std::size_t depth, std::vector<Paragraph>& out) {
  for (const pugi::xml_node& one : node.children()) {
    const What what = what_is(one);
    if (what == What::paragraph) {
      out.push_back(paragraph(one, depth));
    } else if (what == What::text_art) {
      Paragraph line;
      append_public(line.text, attribute_of(one, "text", "Text"));
      out.push_back(std::move(line));
    } else if (what != What::caption && what != What::description) {
      gather(one, depth, out);
    }
  }
}

Paragraph MarkupReader::paragraph(const pugi::xml_node& node, std::size_t depth) {
  Paragraph out;
  if (depth > kDepthMax) {
    left_out_ = true;
    return out;
  }
  const auto shape = head_.shapes.find(number_of(node, "paraPrIDRef", "ParaShape", 0));
  if (shape != head_.shapes.end()) out.shape = shape->second;
  const auto style = head_.styles.find(number_of(node, "styleIDRef", "Style", 0));
  if (style != head_.styles.end()) apply_outline_style(out.shape, style->second);
  for (const pugi::xml_node& one : node.children()) {
    if (what_is(one) == What::run) run(one, depth, out);
  }
  deleted_ = false;  // a mark that is never closed must not swallow the rest
  return out;
}

void MarkupReader::run(const pugi::xml_node& node, std::size_t depth, Paragraph& out) {
  for (const pugi::xml_node& one : node.children()) element(one, depth, out);
}

void MarkupReader::element(const pugi::xml_node& node, std::size_t depth, Paragraph& out) {
  if (node.type() != pugi::node_element) return;
  Object object;
  object.at = out.text.size();
  switch (what_is(node)) {
    case What::text:
      return text(node, out);
    case What::table:
      return table(node, depth, out);
    case What::controls:
      return run(node, depth, out);
    case What::choice: {  // what newer programs understand comes first
      const pugi::xml_node first = child(node, "case");
      return run(first ? first : child(node, "default"), depth, out);
    }
    case What::section: {
      const auto found = head_.numbering_ids.find(number_of(node, "outlineShapeIDRef", "OutlineShape", 0));
      if (found != head_.numbering_ids.end()) outline_numbering_ = found->second;
      object.kind = Object::Kind::page_part;  // HWPML keeps its master pages here
      break;
    }
    case What::equation:
      for (const pugi::xml_node& part : node.children()) {
        if (what_is(part) == What::script) append_public(out.text, text_of(part));
      }
      return;
    case What::number:
      return append_public(out.text, automatic_number(node));
    case What::overlap:
      return append_public(out.text, attribute_of(node, "composeText", "ComposeText"));
    case What::ruby:
      return append_public(out.text, ruby(node));
    case What::page_part:
      object.kind = Object::Kind::page_part;
      break;
    case What::note:
    case What::field:  // a memo lies in the field that it belongs to
      object.kind = Object::Kind::note;
      break;
    case What::silent:
      return;
    default:
      return drawing(node, depth, out);
  }
  object.paragraphs = paragraphs(node, depth + 1);
  if (!object.paragraphs.empty()) out.objects.push_back(std::move(object));
}

// Text with marks in it. The text of a deletion that was tracked is gone.
void MarkupReader::text(const pugi::xml_node& node, Paragraph& out) {
  for (const pugi::xml_node& one : node.children()) {
    const What what = what_is(one);
    if (what == What::deletion_start) deleted_ = true;
    if (what == What::deletion_end) deleted_ = false;
    if (deleted_) continue;
    if (one.type() == pugi::node_pcdata || one.type() == pugi::node_cdata) {
      append_markup_text(out.text, one.value());
    } else if (what == What::tab) {
      out.text += '\t';
    } else if (what == What::line_break) {
      out.text += '\n';
    } else if (what == What::hyphen) {
      out.text += '-';
    } else if (what == What::blank) {
      out.text += ' ';
    } else if (what == What::other) {
      append_markup_text(out.text, text_of(one));  // marks around text
    }
  }
}

void MarkupReader::table(const pugi::xml_node& node, std::size_t depth, Paragraph& out) {
  Object object;
  object.kind = Object::Kind::table;
  object.at = out.text.size();
  object.repeats_first_row = is_true(attribute_of(node, "repeatHeader", "RepeatHeader"));
  std::uint32_t row = 0;
  for (const pugi::xml_node& line : node.children()) {
    if (what_is(line) != What::row) continue;
    std::uint32_t column = 0;
    for (const pugi::xml_node& one : line.children()) {
      if (what_is(one) != What::cell) continue;
      pugi::xml_node address = one, span = one;  // HWPML has them among the cell's own attributes
      for (const pugi::xml_node& part : one.children()) {
        if (what_is(part) == What::cell_address) address = part;
        if (what_is(part) == What::cell_span) span = part;
      }
      Cell cell;
      cell.row = place_of(address, "rowAddr", "RowAddr", row);
      cell.column = place_of(address, "colAddr", "ColAddr", column);
      cell.rows = place_of(span, "rowSpan", "RowSpan", 1);
      cell.columns = place_of(span, "colSpan", "ColSpan", 1);
      cell.names_columns = is_true(attribute_of(one, "header", "Header"));
      cell.paragraphs = paragraphs(one, depth + 1);
      column = cell.column + std::max(cell.columns, 1U);
      object.cells.push_back(std::move(cell));
    }
    ++row;
  }
  attachments(node, depth, object, out);
  out.objects.push_back(std::move(object));
}

void MarkupReader::drawing(const pugi::xml_node& node, std::size_t depth, Paragraph& out) {
  Object object;
  object.at = out.text.size();
  if (what_is(node) == What::text_art) {
    Paragraph line;
    append_public(line.text, attribute_of(node, "text", "Text"));
    object.paragraphs.push_back(std::move(line));
  } else {
    gather(node, depth + 1, object.paragraphs);
  }
  attachments(node, depth, object, out);
  if (!object.paragraphs.empty() || !object.caption.empty()) out.objects.push_back(std::move(object));
}

void MarkupReader::attachments(const pugi::xml_node& node, std::size_t depth, Object& object, Paragraph& out) {
  for (const pugi::xml_node& one : node.children()) {
    const What what = what_is(one);
    if (what == What::caption) {
      object.caption_first = stands_first(attribute_of(one, "side", "Side"));
      gather(one, depth + 1, object.caption);
    } else if (what == What::description) {
      Object description;
      description.kind = Object::Kind::description;
      description.at = object.at;
      Paragraph line;
      line.text = own_description(text_of(one));
      if (line.text.empty()) continue;
      description.paragraphs.push_back(std::move(line));
      out.objects.push_back(std::move(description));
    } else if (what != What::paragraph && what != What::list && what != What::row) {
      attachments(one, depth, object, out);
    }
  }
}

}  // namespace naru::hwp
