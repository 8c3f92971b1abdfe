// XML from a stranger, by pugixml: a tree that is safe to walk by recursion.
//
// No document type is read and no entity but XML's five and numbers exists, so nothing can be fetched and nothing
// grows. Elements and attributes are asked for by their local names ("p" for "w:p" and "a:p"), because writers choose
// their own prefixes. A text that breaks off or is not well formed gives the tree up to there: damaged() says so. One
// thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <pugixml.hpp>

#include "naru/result.h"
#include "parse/shared/zip_archive.h"

namespace naru {

inline constexpr std::size_t kXmlDepthMax = 256;        // office documents nest some dozens
inline constexpr std::size_t kXmlMarksMax = 4'000'000;  // of '<' and '=': about 200 MB of tree
inline constexpr std::uint64_t kXmlPartBytesMax = 128U << 20;

class XmlTree {
 public:
  // limit_exceeded: nested deeper than kXmlDepthMax. What holds more than kXmlMarksMax is cut, and damaged.
  static Result<XmlTree> parse(std::string text);

  pugi::xml_node root() const { return document_->document_element(); }
  bool damaged() const { return damaged_; }

 private:
  std::unique_ptr<std::string> text_;  // the tree lies in it
  std::unique_ptr<pugi::xml_document> document_;
  bool damaged_ = false;
};

// A member of an archive as a tree. corrupt: no such member.
Result<XmlTree> read_xml(ZipArchive& archive, std::string_view name);

// The name without its prefix.
std::string_view local_name(const char* name);
inline std::string_view local_name(const pugi::xml_node& node) { return local_name(node.name()); }
// By local name; empty where there is none.
pugi::xml_node child(const pugi::xml_node& node, std::string_view name);
std::string_view attribute(const pugi::xml_node& node, std::string_view name);
// A number in an attribute; `fallback` where there is none.
long long number(const pugi::xml_node& node, std::string_view name, long long fallback = 0);
// The text right inside an element, without that of its children.
std::string_view text_of(const pugi::xml_node& node);
// Reads a whole decimal number; `fallback` for anything else.
long long to_number(std::string_view text, long long fallback = 0);

}  // namespace naru
