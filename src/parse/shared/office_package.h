// What DOCX, PPTX and XLSX share: a package of parts that refer to each other by relationships (ECMA-376, part 2), the
// properties of the document, and the drawings in it.
//
// A relationship outside the package is a name and never fetched. Borrows the bytes; lives on a parser's stack.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "naru/flow.h"
#include "naru/record.h"
#include "parse/shared/xml.h"
#include "parse/shared/zip_archive.h"

namespace naru {

enum class OfficeKind : std::uint8_t { none, word, presentation, workbook };

// By the names of the parts, templates and macro-enabled documents too; the extension says nothing.
OfficeKind office_kind(std::string_view bytes);
// An Office document under a password: a compound file that holds nothing but the encrypted package.
bool is_encrypted_office(std::string_view bytes);
// certain: the bytes are of that kind. likely: a protected document whose extension begins as this kind's do.
Confidence detect_office(const ParseInput& input, OfficeKind kind);

struct Relationship {
  std::string type;  // the last word of its address: "slide", "hyperlink", "chart"
  std::string part;  // the name of the target in the package; empty where it lies outside
};

class OfficePackage {
 public:
  // not_allowed: protected by a password; corrupt.
  static Result<OfficePackage> open(std::string_view bytes, Document& document);

  // The part that all others hang on: what the package says, else the first of `names` that is there.
  std::string main_part(std::initializer_list<std::string_view> names);
  // By id; empty for a part without any.
  std::map<std::string, Relationship> relationships(std::string_view part);
  // The first of that type; empty: none.
  std::string related(std::string_view part, std::string_view type);
  // A part as a tree; where it is missing or cannot be read nothing, and a warning (but for a part without a name).
  std::optional<XmlTree> tree(std::string_view part);
  // Title, author and dates into the document.
  void read_properties();
  // What is left out and why, once.
  void warn(std::string warning);
  ZipArchive& archive() { return archive_; }

 private:
  OfficePackage(ZipArchive archive, Document& document) : archive_(std::move(archive)), document_(&document) {}
  ZipArchive archive_;
  Document* document_;
  std::set<std::string> warned_;
};

// ---- drawings -------------------------------------------------------------------------------------------------

// A chart as blocks: its titles, then its series as a table of categories. No locators.
std::vector<Block> chart_blocks(const XmlTree& chart);
// The texts of a diagram's ("SmartArt") points.
std::vector<Block> diagram_blocks(const XmlTree& data);
// One paragraph of a drawing's text (<a:p>): runs, breaks and fields; alternatives once.
std::string drawing_text(const pugi::xml_node& paragraph);
// Formulas (Office MathML) on one line: "(a)/(b)", "x^2", "√(x)".
std::string formula_text(const pugi::xml_node& formula);
// An optional hyphen shows only at the end of a line.
std::string without_optional_hyphens(std::string_view text);
// Of alternatives for newer and older readers the one to read; null where the element is none.
pugi::xml_node chosen_alternative(const pugi::xml_node& node);

}  // namespace naru
