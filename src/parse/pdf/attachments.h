// Files inside a PDF become children of its document: attachments, files pinned to a page, the values of an XFA form.
//
// One thread, as PDFium. Borrows all that it is given.
#pragma once

#include <cstddef>

#include "naru/flow.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

class Attachments {
 public:
  Attachments(const Pdfium& library, const ParseInput& input, Document& document)
      : library_(library), input_(input), document_(document) {}

  void add(FPDF_ATTACHMENT attachment);
  void add_all_of(FPDF_DOCUMENT file);  // those of the document itself, then its XFA form's values

 private:
  bool too_many();
  void add_form_data(FPDF_DOCUMENT file);

  const Pdfium& library_;
  const ParseInput& input_;
  Document& document_;
  std::size_t count_ = 0;
};

}  // namespace naru::pdf
