// What a PDF says of itself: title, author, dates, language, the names of its pages. One thread, as PDFium.
#pragma once

#include "naru/record.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

void read_properties(const Pdfium& library, FPDF_DOCUMENT file, Document& document);

// "D:20240131093000+09'00'" as "2024-01-31T09:30:00+09:00", as far as it goes; what is no date stays as it is.
std::string date_of(std::string_view text);

}  // namespace naru::pdf
