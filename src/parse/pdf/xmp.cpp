#include "parse/pdf/xmp.h"

#include <algorithm>
#include <array>
#include <string>

#include "parse/shared/xml.h"
#include "text/unicode.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kXmpBytesMax = 4U << 20;    // without thumbnails some kilobytes
constexpr std::size_t kValueBytesMax = 4 * 1024;  // of one property
constexpr std::size_t kPeopleMax = 100;

struct Property {
  std::string_view name;  // local, of XMP
  std::string_view key;   // of our metadata
};
// ISO 16684-1, of the name spaces dc, xmp and pdf.
constexpr std::array<Property, 8> kProperties = {{{"title", "title"},
                                                  {"creator", "author"},
                                                  {"description", "subject"},
                                                  {"Keywords", "keywords"},
                                                  {"CreatorTool", "creator"},
                                                  {"Producer", "producer"},
                                                  {"CreateDate", "created"},
                                                  {"ModifyDate", "modified"}}};

bool has(const Document& document, std::string_view key) {
  return std::any_of(document.metadata.begin(), document.metadata.end(),
                     [key](const auto& entry) { return entry.first == key; });
}

// Of a list of people all, of one text in several languages the first, which is the default.
std::string value_of(const pugi::xml_node& property, bool all) {
  const pugi::xml_node list = property.first_child();
  const std::string_view kind = local_name(list);
  if (kind != "Alt" && kind != "Seq" && kind != "Bag") return fold_white_space(text_of(property));
  std::string text;
  std::size_t count = 0;
  for (const pugi::xml_node& one : list.children()) {
    const std::string more = fold_white_space(text_of(one));
    if (more.empty()) continue;
    text += (text.empty() ? "" : ", ") + more;
    if (!all || ++count == kPeopleMax) break;
  }
  return text;
}

void add(Document& document, std::string_view name, std::string text) {
  for (const Property& property : kProperties) {
    if (property.name != name || has(document, property.key)) continue;
    text.resize(whole_characters(text, kValueBytesMax));
    text = nfc(text);
    if (text.empty()) return;
    if (property.key == "title" && document.title.empty()) document.title = text;
    document.metadata.emplace_back(property.key, std::move(text));
    return;
  }
}

std::string document_xmp(FileObjects& objects) {
  for (const auto& [number, object] : objects.all()) {
    if (objects.value(object, "/Type") != "/Catalog") continue;
    if (std::optional<std::string> xmp = objects.stream(objects.value(object, "/Metadata"))) {
      return xmp->size() <= kXmpBytesMax ? std::move(*xmp) : std::string();
    }
  }
  return {};
}

}  // namespace

void add_xmp(FileObjects& objects, Document& document) {
  const bool complete = std::all_of(kProperties.begin(), kProperties.end(), [&](const Property& property) {
    return has(document, property.key) || (property.name != "title" && property.name != "creator" &&
                                           property.name != "CreateDate" && property.name != "ModifyDate");
  });
  // Nearly all files hold their XMP as it is, so that other programs find it.
  if (complete || objects.bytes().find("xmpmeta") == std::string_view::npos) return;
  const Result<XmlTree> tree = XmlTree::parse(document_xmp(objects));
  if (!tree) return;
  const pugi::xml_node root = tree->root();
  const pugi::xml_node rdf = local_name(root) == "RDF" ? root : child(root, "RDF");
  for (const pugi::xml_node& description : rdf.children()) {
    for (const pugi::xml_attribute& attribute : description.attributes()) {
      add(document, local_name(attribute.name()), fold_white_space(attribute.value()));
    }
    for (const pugi::xml_node& property : description.children()) {
      add(document, local_name(property), value_of(property, local_name(property) == "creator"));
    }
  }
}

}  // namespace naru::pdf
