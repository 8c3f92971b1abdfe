#include "parse/docx/styles.h"

#include <algorithm>

#include "text/unicode.h"

namespace naru::docx {

namespace {

constexpr int kBasedOnMax = 32;  // chains are short; a ring must end

NumberingUse read_use(const pugi::xml_node& properties) {
  NumberingUse use;
  const pugi::xml_node node = child(properties, "numPr");
  if (const pugi::xml_node id = child(node, "numId")) use.list = attribute(id, "val");
  if (const pugi::xml_node level = child(node, "ilvl")) {
    use.level = static_cast<std::size_t>(std::clamp<long long>(number(level, "val"), 0, kListLevels - 1));
  }
  return use;
}

// "heading 3", "Heading3", "제목 3", "Überschrift 3": the level; 0 otherwise.
std::uint32_t level_of_name(const std::string& name) {
  static constexpr std::array<std::string_view, 13> kHeadings = {
      "heading", "제목",   "überschrift", "titre",  "título", "titulo", "titolo",
      "kop",     "rubrik", "заголовок",   "見出し", "标题",   "標題"};
  for (const std::string_view heading : kHeadings) {
    if (!name.starts_with(heading)) continue;
    const std::string rest = fold_white_space(std::string_view(name).substr(heading.size()));
    if (rest.size() == 1 && rest[0] >= '1' && rest[0] <= '9') return static_cast<std::uint32_t>(rest[0] - '0');
  }
  return name == "title" || name == "제목" ? 1 : 0;
}

void read_name(std::string_view raw, Style& style) {
  const std::string name = case_fold(raw);
  if (const std::uint32_t level = level_of_name(name); level > 0) {
    style.outline = level;
  } else if (name == "caption" || name == "캡션") {
    style.kind = BlockKind::caption;
  } else if (name == "quote" || name == "intense quote" || name == "인용") {
    style.kind = BlockKind::quote;
  } else if (name.starts_with("html preformatted") || name == "source code" || name == "code") {
    style.kind = BlockKind::code;
  }
}

void inherit(Style& style, const Style& from) {
  if (!style.outline) style.outline = from.outline;
  if (!style.kind) style.kind = from.kind;
  if (!style.numbering.list) style.numbering.list = from.numbering.list;
  if (!style.numbering.level) style.numbering.level = from.numbering.level;
}

std::optional<std::uint32_t> read_outline(const pugi::xml_node& properties) {
  const pugi::xml_node node = child(properties, "outlineLvl");
  if (!node) return std::nullopt;
  const long long level = number(node, "val", 9);
  return level >= 0 && level < 9 ? static_cast<std::uint32_t>(level + 1) : 0;
}

// w:vanish: there without a value, it is on.
std::optional<bool> read_hidden(const pugi::xml_node& run_properties) {
  const pugi::xml_node node = child(run_properties, "vanish");
  if (!node) return std::nullopt;
  const std::string_view value = attribute(node, "val");
  return value != "0" && value != "false" && value != "off";
}

}  // namespace

Styles::Styles(const XmlTree* styles) {
  if (styles == nullptr) return;
  for (const pugi::xml_node& node : styles->root().children()) {
    if (local_name(node) != "style") continue;
    if (attribute(node, "type") == "character") {
      RunStyle style{std::string(attribute(child(node, "basedOn"), "val")), read_hidden(child(node, "rPr"))};
      run_styles_.emplace(attribute(node, "styleId"), std::move(style));
    }
    if (attribute(node, "type") != "paragraph") continue;
    Style style;
    const pugi::xml_node properties = child(node, "pPr");
    read_name(attribute(child(node, "name"), "val"), style);
    if (const auto outline = read_outline(properties)) style.outline = outline;
    style.based_on = attribute(child(node, "basedOn"), "val");
    style.numbering = read_use(properties);
    const std::string id(attribute(node, "styleId"));
    const std::string_view is_default = attribute(node, "default");
    if (is_default == "1" || is_default == "true") default_ = id;
    styles_.emplace(id, std::move(style));
  }
}

Style Styles::of(const pugi::xml_node& properties) const {
  Style style;
  style.numbering = read_use(properties);
  style.outline = read_outline(properties);
  std::string_view id = attribute(child(properties, "pStyle"), "val");
  if (id.empty()) id = default_;
  for (int i = 0; i < kBasedOnMax && !id.empty(); ++i) {
    const auto found = styles_.find(id);
    if (found == styles_.end()) {
      Style named;
      if (styles_.empty()) read_name(id, named);
      inherit(style, named);
      break;
    }
    inherit(style, found->second);
    id = found->second.based_on;
  }
  return style;
}

bool Styles::hides(const pugi::xml_node& run_properties) const {
  if (const std::optional<bool> hidden = read_hidden(run_properties)) return *hidden;
  std::string_view id = attribute(child(run_properties, "rStyle"), "val");
  for (int i = 0; i < kBasedOnMax && !id.empty(); ++i) {
    const auto found = run_styles_.find(id);
    if (found == run_styles_.end()) return false;
    if (found->second.hidden) return *found->second.hidden;
    id = found->second.based_on;
  }
  return false;
}

}  // namespace naru::docx
