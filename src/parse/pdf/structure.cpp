#include "parse/pdf/structure.h"

#include <algorithm>
#include <set>

#include "parse/pdf/strings.h"

namespace naru::pdf {

namespace {

constexpr int kElementsMax = 20'000;  // of one page
constexpr int kDepthMax = 40;         // documents nest a dozen
constexpr int kObjectsMax = 100'000;  // of one page, looked through for the places of its pictures

Role role_named(std::string_view type) {
  if (type.size() == 2 && type[0] == 'H' && type[1] >= '1' && type[1] <= '6') {
    return static_cast<Role>(static_cast<int>(Role::heading_1) + (type[1] - '1'));
  }
  if (type == "H" || type == "Title") return Role::heading_1;
  if (type == "P" || type == "LBody" || type == "LI") return Role::text;
  if (type == "Caption") return Role::caption;
  if (type == "Note" || type == "FENote") return Role::note;
  return Role::none;
}

class StructureReader {
 public:
  StructureReader(const Pdfium& library, FPDF_PAGE page, const PageSpace& space)
      : library_(library), page_(page), space_(space) {}

  PageStructure read() {
    FPDF_STRUCTTREE tree = library_.FPDF_StructTree_GetForPage_(page_);
    if (tree == nullptr) return {};
    const int count = std::min(library_.FPDF_StructTree_CountChildren_(tree), kElementsMax);
    for (int i = 0; i < count; ++i) read_element(library_.FPDF_StructTree_GetChildAtIndex_(tree, i), Role::none, 0);
    library_.FPDF_StructTree_Close_(tree);
    return std::move(structure_);
  }

 private:
  // `outer`: what an element without a meaning of its own (a span, a link) is part of.
  void read_element(FPDF_STRUCTELEMENT element, Role outer, int depth) {
    if (element == nullptr || depth > kDepthMax || ++elements_ > kElementsMax) return;
    const Role own = role_named(
        utf16_text([&](void* to, unsigned long n) { return library_.FPDF_StructElement_GetType_(element, to, n); }));
    // What is inside a caption or a note is of it, though it be a paragraph.
    const Role role = own == Role::none || outer == Role::caption || outer == Role::note ? outer : own;
    std::set<int> contents;
    const int marked = std::min(library_.FPDF_StructElement_GetMarkedContentIdCount_(element), kElementsMax);
    for (int i = 0; i < marked; ++i)
      contents.insert(library_.FPDF_StructElement_GetMarkedContentIdAtIndex_(element, i));
    contents.erase(-1);
    for (const int content : contents) structure_.roles.emplace(content, role);
    const std::string words =
        utf16_text([&](void* to, unsigned long n) { return library_.FPDF_StructElement_GetAltText_(element, to, n); });
    if (!words.empty()) add_picture(words, contents);
    const int count = std::min(library_.FPDF_StructElement_CountChildren_(element), kElementsMax);
    for (int i = 0; i < count; ++i) {
      read_element(library_.FPDF_StructElement_GetChildAtIndex_(element, i), role, depth + 1);
    }
  }

  void add_picture(const std::string& words, const std::set<int>& contents) {
    bool found = false;
    Box place;
    const int count = std::min(library_.FPDFPage_CountObjects_(page_), kObjectsMax);
    for (int i = 0; i < count && ++objects_ < kObjectsMax; ++i) {
      FPDF_PAGEOBJECT object = library_.FPDFPage_GetObject_(page_, i);
      if (contents.count(library_.FPDFPageObj_GetMarkedContentID_(object)) == 0) continue;
      float left = 0, bottom = 0, right = 0, top = 0;
      if (library_.FPDFPageObj_GetBounds_(object, &left, &bottom, &right, &top) == 0) continue;
      const Box box = space_.shown(left, bottom, right, top);
      place = found ? around(place, box) : box;
      found = true;
    }
    if (found) structure_.pictures.push_back({words, with_area(place)});
  }

  const Pdfium& library_;
  FPDF_PAGE page_;
  const PageSpace& space_;
  PageStructure structure_;
  int elements_ = 0, objects_ = 0;
};

}  // namespace

PageStructure read_structure(const Pdfium& library, FPDF_PAGE page, const PageSpace& space) {
  return StructureReader(library, page, space).read();
}

}  // namespace naru::pdf
