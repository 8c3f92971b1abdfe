#include "parse/html/elements.h"

#include <string>

namespace naru::html {

namespace {

// Cells with more text than this, or with headings, hold parts of a page rather than values.
constexpr std::size_t kCellTextMax = 4'000;

// The TeX source that stands beside a formula.
bool is_source_of_formula(const Node& node) {
  return node.tag == GUMBO_TAG_UNKNOWN && node.gumbo->type == GUMBO_NODE_ELEMENT &&
         node.gumbo->v.element.tag_namespace == GUMBO_NAMESPACE_MATHML && node.has("encoding");
}

}  // namespace

bool is_block_element(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_HGROUP:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_P:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_LEGEND:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_PLAINTEXT:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_OPTGROUP:
    case GUMBO_TAG_FRAMESET:
    case GUMBO_TAG_NOSCRIPT:
      return true;
    default:
      return false;
  }
}

bool is_unread_element(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_DATALIST:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_PROGRESS:
    case GUMBO_TAG_METER:
    case GUMBO_TAG_ANNOTATION_XML:
      return true;
    default:
      return false;
  }
}

bool is_hidden(const Node& node) {
  switch (node.tag) {
    // Scripts show these once they are ready.
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_ARTICLE:
      return false;
    default:
      break;
  }
  if (node.has("hidden")) return node.attribute("hidden") != "until-found";
  if (node.has("style")) {
    std::string style;
    for (const char c : node.attribute("style")) {
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
        style += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    if (style.find("display:none") != std::string::npos) return true;
  }
  if (node.attribute("aria-hidden") != "true") return false;
  return node.tag == GUMBO_TAG_A || node.tag == GUMBO_TAG_I;  // anchors of headings, icons made of letters
}

bool is_unread(const Node& node, bool with_noscript) {
  if (node.is_text()) return false;
  if (node.tag == GUMBO_TAG_NOSCRIPT) return !with_noscript;
  return is_unread_element(node.tag) || is_hidden(node) || is_source_of_formula(node);
}

bool is_apart(GumboTag tag) {
  return tag == GUMBO_TAG_BUTTON || tag == GUMBO_TAG_SELECT || tag == GUMBO_TAG_OPTION || tag == GUMBO_TAG_IMG ||
         tag == GUMBO_TAG_INPUT || tag == GUMBO_TAG_LABEL;
}

bool is_data_table(const Page& page, std::size_t table) {
  const std::string_view role = page[table].attribute("role");
  if (role == "presentation" || role == "none") return false;
  std::size_t rows = 0, cells = 0, row_cells = 0, widest = 0, text = 0, header_cells = 0;
  bool caption = false;
  for (std::size_t i = table + 1; i < page[table].end; ++i) {
    const Node& node = page[i];
    switch (node.tag) {
      case GUMBO_TAG_TABLE:
        // Tables nest where the outer one lays out the page; one that names its columns holds values.
        if (!caption && header_cells == 0) return false;
        i = node.end - 1;
        break;
      case GUMBO_TAG_H1:
      case GUMBO_TAG_H2:
      case GUMBO_TAG_ARTICLE:
      case GUMBO_TAG_FORM:
        return false;
      case GUMBO_TAG_CAPTION:
        caption = true;
        break;
      case GUMBO_TAG_TR:
        ++rows;
        row_cells = 0;
        break;
      case GUMBO_TAG_TH:
        ++header_cells;
        [[fallthrough]];
      case GUMBO_TAG_TD:
        ++cells;
        widest = std::max(widest, ++row_cells);
        text = 0;
        break;
      case GUMBO_TAG_LAST:
        text += node.is_blank() ? 0 : node.text().size();
        if (text > kCellTextMax) return false;
        break;
      default:
        break;
    }
  }
  if (caption || header_cells > 0) return cells > 0;
  return rows >= 2 && widest >= 2;
}

}  // namespace naru::html
