// Tagged structure: what the author's program says of the parts of a page, where it says anything.
//
// One thread, as PDFium.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "naru/record.h"
#include "parse/pdf/layout.h"
#include "parse/pdf/page_space.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

struct PageStructure {
  std::map<int, Role> roles;  // by the number of the marked content
  struct Picture {
    std::string text;  // what its author wrote for those who cannot see it
    Box box;
  };
  std::vector<Picture> pictures;

  Role role_of(int content) const {
    const auto found = roles.find(content);
    return found == roles.end() ? Role::none : found->second;
  }
};

PageStructure read_structure(const Pdfium& library, FPDF_PAGE page, const PageSpace& space);

}  // namespace naru::pdf
