// docx: word processors' documents in Office Open XML (DOCX, DOCM, DOTX, DOTM), transitional and strict.
//
// Known by the parts of the archive. Keeps headings by style and outline level, lists with their numbers, tables with
// merged cells, notes and comments behind their paragraph, text boxes, charts and diagrams, formulas on one line,
// fields by their result, alternative text of pictures, headers and footers last; title, author and dates. Tracked
// changes are read as accepted. Leaves out hidden text, which a warning says, pictures, macros, embedded files and
// whatever lies outside the file. Password-protected documents are refused.
#include "naru/registry.h"
#include "parse/docx/body.h"
#include "parse/shared/blocks.h"
#include "parse/shared/office_package.h"

namespace naru {

namespace {

class DocxParser : public Parser {
 public:
  std::string_view format() const override { return "docx"; }

  Confidence detect(const ParseInput& input) const override { return detect_office(input, OfficeKind::word); }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "docx");
    OfficePackage package = NARU_TRY(OfficePackage::open(input.bytes, document));
    const std::string main_part = package.main_part({"word/document.xml"});
    const XmlTree main = NARU_TRY(read_xml(package.archive(), main_part));
    if (main.damaged()) package.warn("the document's text is damaged: it was read up to the damage");
    package.read_properties();
    docx::BodyReader(package, document, main_part).read(main);
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_docx(Registry& registry) {
  registry.add_parser(
      {.name = "docx", .summary = "Word documents: headings, lists, tables, notes, comments, boxes", .version = 2},
      [] { return std::make_unique<DocxParser>(); });
}

}  // namespace naru
