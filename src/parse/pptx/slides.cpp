#include "parse/pptx/slides.h"

#include <algorithm>
#include <array>

#include "parse/shared/table.h"
#include "text/unicode.h"

namespace naru::pptx {

namespace {

constexpr long long kSpanMax = 1'000;
constexpr long long kLevelMax = 8;  // of a paragraph, from 0: ECMA-376, 21.1.2.2.7
// Shapes whose upper edges differ by less stand on one line: a quarter inch.
constexpr long long kLineEmu = 228'600;
constexpr long long kFarEmu = 1LL << 40;  // beyond any slide; differences of such numbers are sound

// Title first, then subtitles and the rest, then what every slide has at its foot.
int rank_of(std::string_view placeholder) {
  if (placeholder == "title" || placeholder == "ctrTitle") return 0;
  if (placeholder == "subTitle") return 1;
  if (placeholder == "dt" || placeholder == "ftr" || placeholder == "sldNum" || placeholder == "hdr") return 3;
  return 2;
}

// A shape's properties stand in the first child whose name begins with "nv".
pugi::xml_node non_visual(const pugi::xml_node& shape) {
  for (const pugi::xml_node& node : shape.children()) {
    if (local_name(node).starts_with("nv")) return node;
  }
  return {};
}

pugi::xml_node placeholder_of(const pugi::xml_node& shape) { return child(child(non_visual(shape), "nvPr"), "ph"); }

bool is_shape(std::string_view name) {
  return name == "sp" || name == "grpSp" || name == "graphicFrame" || name == "pic" || name == "cxnSp";
}

std::string text_of_body(const pugi::xml_node& body) {
  std::string text;
  for (const pugi::xml_node& node : body.children()) {
    if (local_name(node) != "p") continue;
    const std::string line = drawing_text(node);
    if (fold_white_space(line).empty()) continue;
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

// The label that a paragraph's numbering writes; styles beyond digits and letters are written as digits.
std::string numbered(std::string_view type, long long value) {
  std::string number = std::to_string(value);
  if (type.starts_with("alphaLc") && value <= 26) number = std::string(1, static_cast<char>('a' + value - 1));
  if (type.starts_with("alphaUc") && value <= 26) number = std::string(1, static_cast<char>('A' + value - 1));
  if (type.ends_with("ParenBoth")) return "(" + number + ")";
  return number + (type.ends_with("ParenR") ? ")" : type.ends_with("Plain") ? "" : ".");
}

std::uint32_t span_of(const pugi::xml_node& node, std::string_view name) {
  return static_cast<std::uint32_t>(std::clamp<long long>(number(node, name, 1), 1, kSpanMax));
}

bool is_true(std::string_view value) { return value == "1" || value == "true"; }

}  // namespace

void SlideReader::write(Block block) {
  block.locator = here_;
  blocks_.add(std::move(block));
}

void SlideReader::write_all(std::vector<Block> blocks) {
  for (Block& block : blocks) write(std::move(block));
}

void SlideReader::read(const std::string& part, std::uint32_t number, bool* hidden) {
  const std::optional<XmlTree> tree = package_.tree(part);
  if (!tree) return;
  here_ = Locator();
  here_.slide = number;
  relationships_ = package_.relationships(part);
  const std::string_view shown = attribute(tree->root(), "show");
  *hidden = shown == "0" || shown == "false";
  layout_.clear();
  for (const auto& [id, relationship] : relationships_) {
    if (relationship.type == "slideLayout") read_layout(relationship.part);
  }
  shapes_of(child(child(tree->root(), "cSld"), "spTree"));
  here_.shape.reset();
  for (const auto& [id, relationship] : relationships_) {
    if (relationship.type == "notesSlide") notes(relationship.part);
    if (relationship.type == "comments") comments(relationship.part);
  }
}

// ---- order ----------------------------------------------------------------------------------------------------

void SlideReader::read_layout(const std::string& part) {
  const std::optional<XmlTree> tree = package_.tree(part);
  if (!tree) return;
  for (const pugi::xml_node& node : child(child(tree->root(), "cSld"), "spTree").children()) {
    const pugi::xml_node placeholder = placeholder_of(node);
    const Shape shape = describe(node);
    if (!placeholder || !shape.place.known) continue;
    layout_.emplace("type " + std::string(attribute(placeholder, "type")), shape.place);
    layout_.emplace("idx " + std::string(attribute(placeholder, "idx")), shape.place);
  }
}

SlideReader::Shape SlideReader::describe(const pugi::xml_node& node) const {
  Shape shape;
  shape.node = node;
  const pugi::xml_node placeholder = placeholder_of(node);
  shape.is_placeholder = static_cast<bool>(placeholder);
  shape.placeholder = attribute(placeholder, "type");
  shape.rank = rank_of(shape.placeholder);
  pugi::xml_node properties = child(node, "spPr");
  if (!properties) properties = child(node, "grpSpPr");
  pugi::xml_node frame = child(properties, "xfrm");
  if (!frame) frame = child(node, "xfrm");
  if (const pugi::xml_node off = child(frame, "off")) {
    shape.place.x = std::clamp(number(off, "x"), -kFarEmu, kFarEmu);
    shape.place.y = std::clamp(number(off, "y"), -kFarEmu, kFarEmu);
    shape.place.known = true;
  } else if (placeholder) {
    auto found = layout_.find("idx " + std::string(attribute(placeholder, "idx")));
    if (found == layout_.end()) found = layout_.find("type " + shape.placeholder);
    if (found != layout_.end()) shape.place = found->second;
  }
  return shape;
}

void SlideReader::shapes_of(const pugi::xml_node& tree) {
  std::vector<Shape> shapes;
  for (const pugi::xml_node& node : tree.children()) {
    const pugi::xml_node chosen = chosen_alternative(node);
    const pugi::xml_node inside = chosen ? chosen.first_child() : node;
    for (pugi::xml_node at = inside; at; at = chosen ? at.next_sibling() : pugi::xml_node()) {
      if (is_shape(local_name(at))) shapes.push_back(describe(at));
    }
  }
  // By lines of a fixed height, so that the order is one: "about as high" alone is not transitive.
  const auto line = [](const Shape& shape) { return shape.place.y / kLineEmu; };
  std::stable_sort(shapes.begin(), shapes.end(), [&](const Shape& a, const Shape& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (!a.place.known || !b.place.known) return a.place.known && !b.place.known;
    return std::pair(line(a), a.place.x) < std::pair(line(b), b.place.x);
  });
  for (const Shape& at : shapes) shape(at);
}

// ---- shapes ---------------------------------------------------------------------------------------------------

void SlideReader::shape(const Shape& shape) {
  const std::string_view name = local_name(shape.node);
  const pugi::xml_node properties = child(non_visual(shape.node), "cNvPr");
  if (const long long id = number(properties, "id"); id > 0 && id <= UINT32_MAX) {
    here_.shape = static_cast<std::uint32_t>(id);
  }
  if (name == "grpSp") {
    shapes_of(shape.node);
  } else if (name == "graphicFrame") {
    frame(shape.node);
  } else if (name == "pic") {
    Block block;
    block.text = fold_white_space(attribute(properties, "descr"));
    if (block.text.empty()) return;
    block.text = "[" + block.text + "]";
    write(std::move(block));
  } else {
    text_of_shape(child(shape.node, "txBody"), shape);
  }
}

void SlideReader::text_of_shape(const pugi::xml_node& body, const Shape& shape) {
  if (shape.rank == 0 && shape.is_placeholder) {
    Block block;
    block.kind = BlockKind::heading;
    block.level = 1;
    block.text = fold_white_space(text_of_body(body));
    return write(std::move(block));
  }
  // Bodies have bullets unless they say no; other shapes have none unless they say so.
  const bool bullets = shape.is_placeholder && shape.rank == 2;
  std::array<long long, kLevelMax + 1> counts{};
  for (const pugi::xml_node& node : body.children()) {
    if (local_name(node) != "p") continue;
    const pugi::xml_node properties = child(node, "pPr");
    const auto level = static_cast<std::size_t>(std::clamp<long long>(number(properties, "lvl"), 0, kLevelMax));
    const pugi::xml_node numbering = child(properties, "buAutoNum");
    Block block;
    block.text = drawing_text(node);
    if (fold_white_space(block.text).empty()) continue;
    const bool marked = numbering || child(properties, "buChar") || child(properties, "buBlip");
    if (marked || (bullets && !child(properties, "buNone"))) {
      block.kind = BlockKind::list_item;
      block.level = static_cast<std::uint32_t>(level + 1);
    }
    std::fill(counts.begin() + static_cast<std::ptrdiff_t>(level) + 1, counts.end(), 0);
    if (numbering) {
      const long long start = std::clamp<long long>(number(numbering, "startAt", 1), 1, 32'767);  // as the schema says
      counts[level] = counts[level] == 0 ? start : counts[level] + 1;
      block.text = numbered(attribute(numbering, "type"), counts[level]) + " " + block.text;
    } else {
      counts[level] = 0;
    }
    write(std::move(block));
  }
}

void SlideReader::frame(const pugi::xml_node& node) {
  const pugi::xml_node data = child(child(node, "graphic"), "graphicData");
  const auto part = [this](std::string_view id) {
    const auto found = relationships_.find(std::string(id));
    return found == relationships_.end() ? std::string() : found->second.part;
  };
  for (const pugi::xml_node& at : data.children()) {
    if (local_name(at) == "tbl") table(at);
    if (local_name(at) == "chart") {
      if (const auto tree = package_.tree(part(attribute(at, "id")))) write_all(chart_blocks(*tree));
    }
    if (local_name(at) == "relIds") {
      if (const auto tree = package_.tree(part(attribute(at, "dm")))) write_all(diagram_blocks(*tree));
    }
  }
}

void SlideReader::table(const pugi::xml_node& node) {
  TableGrid grid;
  const bool first_is_header = is_true(attribute(child(node, "tblPr"), "firstRow"));
  for (const pugi::xml_node& row : node.children()) {
    if (local_name(row) != "tr") continue;
    grid.start_row(first_is_header && grid.rows() == 0);
    const std::uint32_t r = grid.rows() - 1;
    std::uint32_t column = 0;
    for (const pugi::xml_node& cell : row.children()) {
      if (local_name(cell) != "tc") continue;
      const bool covered = is_true(attribute(cell, "hMerge")) || is_true(attribute(cell, "vMerge"));
      const std::string text = text_of_body(child(cell, "txBody"));
      if (!covered || !text.empty()) grid.place(r, column, text, span_of(cell, "rowSpan"), span_of(cell, "gridSpan"));
      ++column;
    }
  }
  if (grid.cut()) package_.warn("a table was cut: it is too large");
  Block block = grid.finish();
  if (!block.cells.empty()) write(std::move(block));
}

// ---- beside the slide -----------------------------------------------------------------------------------------

void SlideReader::notes(const std::string& part) {
  const std::optional<XmlTree> tree = package_.tree(part);
  if (!tree) return;
  here_.part = "notes";
  for (const pugi::xml_node& node : child(child(tree->root(), "cSld"), "spTree").children()) {
    const Shape at = describe(node);
    if (local_name(node) != "sp" || at.rank == 3) continue;
    for (const pugi::xml_node& paragraph : child(node, "txBody").children()) {
      if (local_name(paragraph) != "p") continue;
      Block block;
      block.text = drawing_text(paragraph);
      write(std::move(block));
    }
  }
  here_.part.clear();
}

// Comments of old (<p:cm>, its text in <p:text>) and of threads (<p188:cm>, paragraphs in <p188:txBody>).
void SlideReader::comments(const std::string& part) {
  const std::optional<XmlTree> tree = package_.tree(part);
  if (!tree) return;
  here_.part = "comments";
  const auto add = [&](const pugi::xml_node& comment) {
    Block block;
    block.kind = BlockKind::quote;
    block.text = text_of(child(comment, "text"));
    if (block.text.empty()) block.text = text_of_body(child(comment, "txBody"));
    const auto author = authors_.find(std::string(attribute(comment, "authorId")));
    if (!block.text.empty() && author != authors_.end()) block.text = author->second + ": " + block.text;
    write(std::move(block));
  };
  for (const pugi::xml_node& comment : tree->root().children()) {
    if (local_name(comment) != "cm") continue;
    add(comment);
    for (const pugi::xml_node& reply : child(comment, "replyLst").children()) add(reply);
  }
  here_.part.clear();
}

}  // namespace naru::pptx
