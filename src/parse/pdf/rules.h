// What a page draws beside its text: the straight lines that tables are ruled with, and areas behind their cells.
//
// One thread, as PDFium.
#pragma once

#include <vector>

#include "naru/record.h"
#include "parse/pdf/page_space.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

// On the page as it is shown.
struct Rules {
  std::vector<Box> horizontal;  // as wide as the line; y0 and y1 are its middle
  std::vector<Box> vertical;
  std::vector<Box> filled;  // in another colour than white
};

// Nothing where a page draws more than a table needs: that is a picture.
Rules read_rules(const Pdfium& library, FPDF_PAGE page, const PageSpace& space);

}  // namespace naru::pdf
