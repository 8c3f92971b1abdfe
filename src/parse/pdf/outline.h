// A PDF's outline, the tree of bookmarks, as what it is: the author's own list of headings. One thread, as PDFium.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naru/record.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

struct OutlineEntry {
  std::uint32_t level = 1;  // from 1
  std::uint32_t page = 1;   // from 1
  std::string title;
};

// In the outline's order; entries that lead to no page are left out.
std::vector<OutlineEntry> read_outline(const Pdfium& library, FPDF_DOCUMENT file);

// Blocks that an entry names on its page become headings of its level; headings between them that the outline does not
// name go below it. Heading paths are made anew. Nothing changes where the outline names none.
void apply_outline(const std::vector<OutlineEntry>& outline, std::vector<Block>& blocks);

}  // namespace naru::pdf
