// xml: any XML: documents by their titles, paragraphs and tables, data by its records.
//
// An element with text of its own is a paragraph with all that stands in it. A `title` among other elements is a
// heading of what follows. Rows of cells (tr or row, with td, th or entry) are a table. An element of named values only
// is a record of lines "name: value"; where values are attributes they are read as such. Comments, processing
// instructions and the document type are left out, and no entity but XML's own is known. Every block knows its bytes.
// Text that is not well formed is read up to the fault, with a warning. HTML, HWPML and office documents have parsers
// of their own.
#include <algorithm>
#include <map>
#include <set>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/table.h"
#include "parse/shared/xml.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kDeclarationBytes = 200;
constexpr long long kSpanMax = 1'000;           // HTML's limit for columns
constexpr std::size_t kMergedMax = 100'000;  // rows and columns that cells span in one document, in sum

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool is_text(const pugi::xml_node& node) {
  return (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) && !is_blank(node.value());
}

bool is_element(const pugi::xml_node& node) { return node.type() == pugi::node_element; }

bool has_own_text(const pugi::xml_node& node) {
  return std::any_of(node.begin(), node.end(), [](const pugi::xml_node& one) { return is_text(one); });
}

bool is_leaf(const pugi::xml_node& node) {
  return std::none_of(node.begin(), node.end(), [](const pugi::xml_node& one) { return is_element(one); });
}

// As deep as XmlTree lets elements nest.
void add_text(const pugi::xml_node& node, std::string& out) {
  for (const pugi::xml_node& one : node) {
    if (one.type() == pugi::node_pcdata || one.type() == pugi::node_cdata) out += one.value();
    if (is_element(one)) add_text(one, out);
  }
}

std::string all_text(const pugi::xml_node& node) {
  std::string text;
  add_text(node, text);
  return fold_white_space(text);
}

class XmlReader {
 public:
  XmlReader(const Decoded& decoded, Document& document) : decoded_(decoded), blocks_(document), document_(document) {}

  // `sections`: elements above that have a title.
  void walk(const pugi::xml_node& node, std::uint32_t sections) {
    if (has_own_text(node)) return add(BlockKind::paragraph, all_text(node), node);
    if (is_table(node)) return add_table(node);
    const pugi::xml_node title = child(node, "title");
    const bool titled = title && !all_text(title).empty() && title.next_sibling();
    if (titled) {
      if (document_.title.empty()) document_.title = nfc(all_text(title));
      add(BlockKind::heading, all_text(title), title, sections + 1);
    }
    if (is_record(node, title)) return add_record(node, titled ? title : pugi::xml_node());
    for (const pugi::xml_node& one : node) {
      if (is_element(one) && !(titled && one == title)) walk(one, sections + (titled ? 1 : 0));
    }
  }

 private:
  static bool is_row(const pugi::xml_node& node) { return local_name(node) == "tr" || local_name(node) == "row"; }
  static bool is_cell(const pugi::xml_node& node) {
    return local_name(node) == "td" || local_name(node) == "th" || local_name(node) == "entry";
  }

  // Rows of cells right below, or below thead, tbody and the like.
  static bool is_table(const pugi::xml_node& node) {
    for (const pugi::xml_node& one : node) {
      if (is_row(one) && std::any_of(one.begin(), one.end(), is_cell)) return true;
      const std::string_view name = local_name(one);
      if ((name == "tbody" || name == "thead" || name == "tgroup") && is_table(one)) return true;
    }
    return false;
  }

  // Values with names of their own, not a list of like things.
  static bool is_record(const pugi::xml_node& node, const pugi::xml_node& title) {
    std::set<std::string_view> names;
    std::size_t values = 0;
    for (const pugi::xml_node& one : node) {
      if (!is_element(one) || one == title) continue;
      if (!is_leaf(one)) return false;
      names.insert(local_name(one));
      ++values;
    }
    const bool only_attributes = values == 0 && node.first_attribute();
    return only_attributes || (values > 0 && (names.size() > 1 || *names.begin() != "p") && names.size() * 2 > values);
  }

  void add_record(const pugi::xml_node& node, const pugi::xml_node& title) {
    std::string lines;
    const auto add_line = [&lines](std::string_view name, const std::string& value) {
      if (value.empty()) return;
      if (!lines.empty()) lines += '\n';
      lines.append(name).append(": ").append(value);
    };
    for (const pugi::xml_attribute& one : node.attributes()) {
      if (!std::string_view(one.name()).starts_with("xmlns"))
        add_line(local_name(one.name()), fold_white_space(one.value()));
    }
    for (const pugi::xml_node& one : node) {
      if (!is_element(one) || one == title) continue;
      std::string value = all_text(one);
      for (const pugi::xml_attribute& attribute : one.attributes()) {
        if (is_leaf(one) && all_text(one).empty()) {
          value += (value.empty() ? "" : ", ") + fold_white_space(attribute.value());
        }
      }
      add_line(local_name(one), value);
    }
    add(BlockKind::paragraph, std::move(lines), node);
  }

  void add_table(const pugi::xml_node& node) {
    TableGrid grid;
    Columns columns;
    add_rows(node, false, columns, grid);
    if (grid.cut()) document_.warnings.push_back("a table was cut: it is too large");
    Block block = grid.finish();
    if (block.cells.empty()) return;
    place(block, node);
    blocks_.add(std::move(block));
  }

  // Names of columns to their numbers from 1: what the cells of CALS tables span goes by name.
  using Columns = std::map<std::string_view, long long>;

  // As deep as XmlTree lets elements nest.
  void add_rows(const pugi::xml_node& node, bool in_head, Columns& columns, TableGrid& grid) {
    long long next = 1;
    for (const pugi::xml_node& one : node) {
      if (!is_element(one)) continue;
      if (local_name(one) == "colspec") {
        next = number(one, "colnum", next);
        columns.insert_or_assign(attribute(one, "colname"), next++);  // those of a later group count anew
      } else if (is_row(one)) {
        grid.start_row(in_head || all_are_headers(one));
        for (const pugi::xml_node& cell : one) {
          if (is_cell(cell)) grid.add(all_text(cell), rows_of(cell), columns_of(cell, columns));
        }
      } else {
        add_rows(one, in_head || local_name(one) == "thead", columns, grid);
      }
    }
  }

  static bool all_are_headers(const pugi::xml_node& row) {
    return std::none_of(row.begin(), row.end(),
                        [](const pugi::xml_node& one) { return is_cell(one) && local_name(one) != "th"; });
  }

  // "rowspan" as in HTML; CALS counts the rows beyond the first ("morerows").
  std::uint32_t rows_of(const pugi::xml_node& cell) {
    return merged(std::max(number(cell, "rowspan", 1), number(cell, "morerows") + 1));
  }

  std::uint32_t columns_of(const pugi::xml_node& cell, const Columns& columns) {
    const auto first = columns.find(attribute(cell, "namest")), last = columns.find(attribute(cell, "nameend"));
    const bool named = first != columns.end() && last != columns.end();
    return merged(named ? last->second - first->second + 1 : number(cell, "colspan", 1));
  }

  // Of one cell; beyond kMergedMax of a document a cell is read as not merged.
  std::uint32_t merged(long long places) {
    places = std::clamp<long long>(places, 1, kSpanMax);
    if (places > 1) merged_ += static_cast<std::size_t>(places);
    return merged_ > kMergedMax ? 1 : static_cast<std::uint32_t>(places);
  }

  void add(BlockKind kind, std::string text, const pugi::xml_node& node, std::uint32_t level = 0) {
    Block block;
    block.kind = kind;
    block.text = std::move(text);
    block.level = level;
    place(block, node);
    blocks_.add(std::move(block));
  }

  // From the element's name to the end of the last thing in it.
  void place(Block& block, const pugi::xml_node& node) const {
    pugi::xml_node last = node;
    while (last.last_child()) last = last.last_child();
    const auto offset = [](const pugi::xml_node& one) {
      return one.offset_debug() < 0 ? 0 : static_cast<std::size_t>(one.offset_debug());
    };
    const std::size_t size = decoded_.text.size();
    const std::size_t start = std::min(offset(node), size);
    const std::string_view close = last.type() == pugi::node_cdata ? "]]>" : is_element(last) ? ">" : "<";
    const std::size_t end = std::min(decoded_.text.find(close, std::max(start, offset(last))), size);
    block.locator.bytes = ByteRange{decoded_.original_offset(start), decoded_.original_offset(end)};
  }

  const Decoded& decoded_;
  BlockList blocks_;
  Document& document_;
  std::size_t merged_ = 0;
};

// "<?xml version='1.0' encoding='EUC-KR'?>", where the bytes are ASCII enough to read it.
std::string declared_encoding(std::string_view bytes) {
  const std::string_view head =
      bytes.substr(0, std::min(bytes.substr(0, kDeclarationBytes).find("?>"), kDeclarationBytes));
  const std::size_t at = head.find("encoding");
  const std::size_t open = head.find_first_of("'\"", at == std::string_view::npos ? head.size() : at);
  if (open == std::string_view::npos) return {};
  const std::size_t close = head.find(head[open], open + 1);
  return close == std::string_view::npos ? std::string() : std::string(head.substr(open + 1, close - open - 1));
}

class XmlParser : public Parser {
 public:
  std::string_view format() const override { return "xml"; }

  Confidence detect(const ParseInput& input) const override {
    std::string_view head = input.bytes;
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    const bool named = input.media_hint == "xml" || input.media_hint == "nxml" || input.media_hint == "rss";
    if (first == std::string_view::npos || !may_be_text(input.bytes)) return Confidence::no;
    if (head.substr(first).starts_with("<?xml")) return Confidence::likely;
    return named && head[first] == '<' ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "xml");
    const Decoded decoded = decode_into(document, input.bytes, declared_encoding(input.bytes));
    const XmlTree tree = NARU_TRY(XmlTree::parse(decoded.text));
    if (!tree.root()) return Error(Code::corrupt, "no element of XML could be read");
    document.metadata.emplace_back("root", repair_utf8(tree.root().name()));
    XmlReader(decoded, document).walk(tree.root(), 0);
    if (tree.damaged()) document.warnings.push_back("not well formed: read up to the fault");
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_xml(Registry& registry) {
  registry.add_parser({.name = "xml", .summary = "XML: titles, paragraphs, tables and records", .version = 4},
                      [] { return std::make_unique<XmlParser>(); });
}

}  // namespace naru
