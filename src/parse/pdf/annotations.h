// What people filled in or wrote onto a PDF page: values of form fields and the texts of comments.
#pragma once

#include <vector>

#include "parse/pdf/layout.h"
#include "parse/pdf/page_space.h"

namespace naru::pdf {

struct PageNotes {
  std::vector<PageBlock> blocks;  // as the annotations hold them
  bool drawn = false;             // some annotation shows something on the page
};

PageNotes read_notes(const Pdfium& library, FPDF_PAGE page, const PageSpace& space, std::uint32_t number);

// Adds those that the page's blocks, from `first` on, do not show already.
void add_notes(std::vector<PageBlock> notes, std::vector<PageBlock>& blocks, std::size_t first);

}  // namespace naru::pdf
