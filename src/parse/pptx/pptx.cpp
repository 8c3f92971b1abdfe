// pptx: presentations in Office Open XML (PPTX, PPTM, PPSX, POTX), transitional and strict.
//
// Known by the parts of the archive. Keeps the slides in their order, each with its title as a heading, its shapes in
// reading order, lists, tables with merged cells, charts and diagrams, alternative text of pictures, notes and
// comments; title, author and dates. Hidden slides are read, and named in the metadata ("hidden_slides"). Leaves out
// pictures, animations, what stands on masters and layouts, macros, embedded files and whatever lies outside the file.
// Password-protected presentations are refused.
#include "naru/registry.h"
#include "parse/pptx/slides.h"
#include "parse/shared/blocks.h"
#include "parse/shared/office_package.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::uint32_t kSlidesMax = 100'000;  // a part may be named by many slides

// Authors of comments by id, from the part of old or of new comments.
std::map<std::string, std::string> read_authors(OfficePackage& package,
                                                const std::map<std::string, Relationship>& relationships) {
  std::map<std::string, std::string> authors;
  for (const auto& [id, relationship] : relationships) {
    if (relationship.type != "commentAuthors" && relationship.type != "authors") continue;
    const std::optional<XmlTree> tree = package.tree(relationship.part);
    if (!tree) continue;
    for (const pugi::xml_node& author : tree->root().children()) {
      const std::string name = fold_white_space(attribute(author, "name"));
      if (!name.empty()) authors.emplace(attribute(author, "id"), name);
    }
  }
  return authors;
}

class PptxParser : public Parser {
 public:
  std::string_view format() const override { return "pptx"; }

  Confidence detect(const ParseInput& input) const override { return detect_office(input, OfficeKind::presentation); }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "pptx");
    OfficePackage package = NARU_TRY(OfficePackage::open(input.bytes, document));
    const std::string main_part = package.main_part({"ppt/presentation.xml"});
    const XmlTree main = NARU_TRY(read_xml(package.archive(), main_part));
    package.read_properties();
    const std::map<std::string, Relationship> relationships = package.relationships(main_part);
    BlockList blocks(document);
    pptx::SlideReader reader(package, blocks);
    reader.set_authors(read_authors(package, relationships));
    std::string hidden_slides;
    std::uint32_t number = 0;
    for (const pugi::xml_node& slide : child(main.root(), "sldIdLst").children()) {
      const auto found = relationships.find(relationship_id(slide));
      if (found == relationships.end()) continue;
      if (++number > kSlidesMax) {
        package.warn("the presentation was cut after 100,000 slides");
        break;
      }
      bool hidden = false;
      reader.read(found->second.part, number, &hidden);
      if (hidden) hidden_slides += (hidden_slides.empty() ? "" : ", ") + std::to_string(number);
    }
    if (!hidden_slides.empty()) document.metadata.emplace_back("hidden_slides", hidden_slides);
    finish_document(document);
    return document;
  }

 private:
  // <p:sldId id="256" r:id="rId2"/>: the one with a prefix is meant.
  static std::string relationship_id(const pugi::xml_node& slide) {
    for (const pugi::xml_attribute& at : slide.attributes()) {
      if (std::string_view(at.name()).find(':') != std::string_view::npos && local_name(at.name()) == "id") {
        return at.value();
      }
    }
    return {};
  }
};

}  // namespace

void register_pptx(Registry& registry) {
  registry.add_parser({.name = "pptx", .summary = "PowerPoint presentations: slides in reading order, tables, notes"},
                      [] { return std::make_unique<PptxParser>(); });
}

}  // namespace naru
