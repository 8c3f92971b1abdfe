// hwpml: documents of Hancom Office as one XML file (.hml).
//
// Knows the format by its first element. Reads HEAD and BODY into the same model as `hwp` and keeps the same. The
// locator is a section and a paragraph.
#include <fmt/format.h>

#include "naru/registry.h"
#include "parse/hwp/owpml.h"
#include "parse/hwp/writer.h"
#include "parse/shared/blocks.h"
#include "parse/shared/xml.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

// The first element stands behind a declaration and perhaps a style sheet.
constexpr std::size_t kLookBytes = 1024;

std::string_view metadata_key(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"TITLE", "title"}, {"SUBJECT", "subject"},   {"AUTHOR", "author"},
      {"DATE", "date"},   {"KEYWORDS", "keywords"}, {"COMMENTS", "description"}};
  for (const auto& [from, to] : kKeys) {
    if (from == name) return to;
  }
  return {};
}

void read_summary(const pugi::xml_node& summary, Document& document) {
  for (const pugi::xml_node& one : summary.children()) {
    const std::string_view key = metadata_key(local_name(one));
    std::string value = nfc(fold_white_space(text_of(one)));
    if (key.empty() || value.empty()) continue;
    if (key == "title") document.title = value;
    document.metadata.emplace_back(key, std::move(value));
  }
}

class HwpmlParser : public Parser {
 public:
  std::string_view format() const override { return "hwpml"; }

  Confidence detect(const ParseInput& input) const override {
    if (!may_be_text(input.bytes)) return Confidence::no;
    const std::string head = decode_text(input.bytes.substr(0, kLookBytes)).text;
    const std::size_t at = head.find("<HWPML");
    return at != std::string::npos && fold_white_space(head).starts_with('<') ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "hwpml");
    if (input.bytes.size() > kXmlPartBytesMax) {
      return Error(Code::limit_exceeded, fmt::format("larger than {} MB", kXmlPartBytesMax >> 20));
    }
    const XmlTree tree = NARU_TRY(XmlTree::parse(decode_text(input.bytes).text));
    if (tree.damaged()) document.warnings.push_back("the XML is damaged: read up to there");
    const pugi::xml_node head_node = child(tree.root(), "HEAD");
    read_summary(child(head_node, "DOCSUMMARY"), document);
    const hwp::MarkupHead head = hwp::read_markup_head(head_node);
    hwp::SectionWriter writer(document, head.numberings);
    std::uint32_t number = 0;
    for (const pugi::xml_node& section : child(tree.root(), "BODY").children()) {
      if (local_name(section) != "SECTION") continue;
      hwp::MarkupReader reader(head);
      writer.add(reader.section(section), ++number);
      if (reader.left_out()) document.warnings.push_back("nests too deep: the innermost parts are left out");
    }
    writer.finish();
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_hwpml(Registry& registry) {
  registry.add_parser({.name = "hwpml", .summary = "documents of Hancom Office as one XML file"},
                      [] { return std::make_unique<HwpmlParser>(); });
}

}  // namespace naru
