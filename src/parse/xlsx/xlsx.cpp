// xlsx: workbooks in Office Open XML (XLSX, XLSM, XLTX, XLTM), transitional and strict.
//
// Known by the parts of the archive. Each sheet is a heading with its name, its parts as tables with header rows and
// merged cells, then its comments, the words in its shapes and its charts. Formulas give the value that was last
// computed; dates and times are written by their formats, other numbers in full. Hidden sheets are read, and named in
// the metadata ("hidden_sheets"). Large sheets are streamed. Leaves out readings beside Japanese words, pictures,
// macros, embedded files and whatever lies outside the file. Password-protected workbooks are refused.
#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/office_package.h"
#include "parse/xlsx/number_format.h"
#include "parse/xlsx/sheet.h"
#include "text/unicode.h"

namespace naru {

namespace {

using xlsx::SheetReader;
using xlsx::Workbook;

constexpr std::size_t kSheetsMax = 10'000;
constexpr std::size_t kStylesMax = 100'000;  // Excel stops at 65,490

class WorkbookReader {
 public:
  WorkbookReader(OfficePackage& package, Document& document, std::string main_part)
      : package_(package), document_(document), blocks_(document), main_part_(std::move(main_part)) {}

  void read(const XmlTree& main) {
    const auto relationships = package_.relationships(main_part_);
    for (const auto& [id, relationship] : relationships) {
      if (relationship.type == "sharedStrings") read_strings(relationship.part);
      if (relationship.type == "styles") read_styles(relationship.part);
    }
    const std::string_view from_1904 = attribute(child(main.root(), "workbookPr"), "date1904");
    workbook_.from_1904 = from_1904 == "1" || from_1904 == "true";
    std::string hidden;
    std::size_t count = 0;
    for (const pugi::xml_node& node : child(main.root(), "sheets").children()) {
      const auto found = relationships.find(std::string(attribute(node, "id")));
      if (found == relationships.end()) continue;
      if (++count > kSheetsMax) {
        package_.warn("the workbook was cut after 10,000 sheets");
        break;
      }
      const std::string name = nfc(fold_white_space(attribute(node, "name")));
      if (!attribute(node, "state").empty() && attribute(node, "state") != "visible") {
        hidden += (hidden.empty() ? "" : ", ") + name;
      }
      sheet(name, found->second.part);
    }
    if (!hidden.empty()) document_.metadata.emplace_back("hidden_sheets", hidden);
  }

 private:
  void read_strings(const std::string& part) {
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree) return;
    for (const pugi::xml_node& node : tree->root().children()) {
      if (local_name(node) == "si") workbook_.strings.push_back(xlsx::rich_text(node));
    }
  }

  void read_styles(const std::string& part) {
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree) return;
    std::map<long long, std::string> custom;
    for (const pugi::xml_node& node : child(tree->root(), "numFmts").children()) {
      custom.emplace(number(node, "numFmtId"), attribute(node, "formatCode"));
    }
    for (const pugi::xml_node& node : child(tree->root(), "cellXfs").children()) {
      if (local_name(node) != "xf" || workbook_.patterns.size() >= kStylesMax) continue;
      const long long id = number(node, "numFmtId");
      const auto found = custom.find(id);
      workbook_.patterns.push_back(found != custom.end() ? found->second : std::string(xlsx::built_in_pattern(id)));
    }
  }

  void sheet(const std::string& name, const std::string& part) {
    std::vector<CellRange> tables;
    const auto relationships = package_.relationships(part);
    for (const auto& [id, relationship] : relationships) {
      if (relationship.type == "table") read_table(relationship.part, tables);
    }
    std::vector<Block> blocks = SheetReader(package_, workbook_, name).read(part, tables);
    for (const auto& [id, relationship] : relationships) {
      if (relationship.type == "comments") read_comments(relationship.part, blocks);
      if (relationship.type == "drawing") read_drawing(relationship.part, blocks);
    }
    if (blocks.empty()) return;
    Block heading;
    heading.kind = BlockKind::heading;
    heading.level = 1;
    heading.text = name;
    blocks.insert(blocks.begin(), std::move(heading));
    for (Block& block : blocks) {
      block.locator.sheet = name;
      blocks_.add(std::move(block));
    }
  }

  void read_table(const std::string& part, std::vector<CellRange>& tables) {
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree || number(tree->root(), "headerRowCount", 1) < 1) return;
    if (const auto range = xlsx::read_range(attribute(tree->root(), "ref"))) tables.push_back(*range);
  }

  void read_comments(const std::string& part, std::vector<Block>& blocks) {
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree) return;
    for (const pugi::xml_node& node : child(tree->root(), "commentList").children()) {
      const auto range = xlsx::read_range(attribute(node, "ref"));
      Block block;
      block.kind = BlockKind::quote;
      block.text = fold_white_space(xlsx::rich_text(child(node, "text")));
      if (range) block.locator.cells = *range;
      if (!block.text.empty()) blocks.push_back(std::move(block));
    }
  }

  void read_drawing(const std::string& part, std::vector<Block>& blocks) {
    const std::optional<XmlTree> tree = package_.tree(part);
    if (!tree) return;
    const auto relationships = package_.relationships(part);
    for (const pugi::xml_node& anchor : tree->root().children()) read_shape(anchor, relationships, blocks);
  }

  void read_shape(const pugi::xml_node& node, const std::map<std::string, Relationship>& relationships,
                  std::vector<Block>& blocks) {
    for (const pugi::xml_node& at : node.children()) {
      if (local_name(at) == "p") {
        Block block;
        block.text = drawing_text(at);
        blocks.push_back(std::move(block));
      } else if (local_name(at) == "chart") {
        const auto found = relationships.find(std::string(attribute(at, "id")));
        const auto chart = found == relationships.end() ? std::nullopt : package_.tree(found->second.part);
        if (!chart) continue;
        for (Block& block : chart_blocks(*chart)) blocks.push_back(std::move(block));
      } else {
        const pugi::xml_node chosen = chosen_alternative(at);
        read_shape(chosen ? chosen : at, relationships, blocks);
      }
    }
  }

  OfficePackage& package_;
  Document& document_;
  BlockList blocks_;
  std::string main_part_;
  Workbook workbook_;
};

class XlsxParser : public Parser {
 public:
  std::string_view format() const override { return "xlsx"; }

  Confidence detect(const ParseInput& input) const override { return detect_office(input, OfficeKind::workbook); }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "xlsx");
    OfficePackage package = NARU_TRY(OfficePackage::open(input.bytes, document));
    const std::string main_part = package.main_part({"xl/workbook.xml"});
    if (main_part.ends_with(".bin")) return Error(Code::unsupported, "binary workbooks (XLSB) are not read");
    const XmlTree main = NARU_TRY(read_xml(package.archive(), main_part));
    package.read_properties();
    WorkbookReader(package, document, main_part).read(main);
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_xlsx(Registry& registry) {
  registry.add_parser(
      {.name = "xlsx", .summary = "Excel workbooks: sheets as tables with places, dates, comments", .version = 3},
      [] { return std::make_unique<XlsxParser>(); });
}

}  // namespace naru
