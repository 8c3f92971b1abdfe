#include "parse/shared/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace naru {

namespace {

// Where the text must end to hold no more marks than we keep.
std::size_t cut_at(std::string_view text) {
  std::size_t marks = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '<' || text[i] == '=') && ++marks > kXmlMarksMax) return i;
  }
  return text.size();
}

bool too_deep(const pugi::xml_node& top) {
  std::size_t depth = 0;
  pugi::xml_node at = top;
  while (at) {
    if (const pugi::xml_node first = at.first_child()) {
      if (++depth > kXmlDepthMax) return true;
      at = first;
      continue;
    }
    while (at && at != top && !at.next_sibling()) {
      at = at.parent();
      --depth;
    }
    if (!at || at == top) return false;
    at = at.next_sibling();
  }
  return false;
}

}  // namespace

Result<XmlTree> XmlTree::parse(std::string text) {
  XmlTree tree;
  tree.text_ = std::make_unique<std::string>(std::move(text));
  tree.document_ = std::make_unique<pugi::xml_document>();
  const std::size_t end = cut_at(*tree.text_);
  tree.text_->push_back('\n');  // pugixml gives up the last byte of a text that no mark ends
  // Blanks between elements matter only where an element holds nothing else: "<t> </t>".
  constexpr unsigned kOptions =
      pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata_single;
  const pugi::xml_parse_result result = tree.document_->load_buffer_inplace(tree.text_->data(), end + 1, kOptions);
  if (result.status == pugi::status_out_of_memory) {
    return Error(Code::limit_exceeded, "its XML takes more memory than one document may have");
  }
  tree.damaged_ = !result || end + 1 < tree.text_->size();
  if (too_deep(*tree.document_)) {
    return Error(Code::limit_exceeded, fmt::format("its XML nests deeper than {} elements", kXmlDepthMax));
  }
  return tree;
}

Result<XmlTree> read_xml(ZipArchive& archive, std::string_view name) {
  const ZipEntry* entry = archive.find(name);
  if (entry == nullptr) return Error(Code::corrupt, fmt::format("its part {} is missing", name));
  bool damaged = false;
  std::string text = NARU_TRY(archive.read(*entry, kXmlPartBytesMax, &damaged));
  return XmlTree::parse(std::move(text));
}

std::string_view local_name(const char* name) {
  const std::string_view whole(name);
  return whole.substr(whole.find(':') + 1);  // npos + 1 is 0
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (pugi::xml_node at = node.first_child(); at; at = at.next_sibling()) {
    if (local_name(at.name()) == name) return at;
  }
  return {};
}

std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
  for (pugi::xml_attribute at = node.first_attribute(); at; at = at.next_attribute()) {
    if (local_name(at.name()) == name) return at.value();
  }
  return {};
}

long long number(const pugi::xml_node& node, std::string_view name, long long fallback) {
  return to_number(attribute(node, name), fallback);
}

std::string_view text_of(const pugi::xml_node& node) { return node.child_value(); }

long long to_number(std::string_view text, long long fallback) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value : fallback;
}

}  // namespace naru
