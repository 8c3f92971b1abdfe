// What stands on a page beside its content: values of form fields, comments, files pinned to it.
//
// One thread, as PDFium. A Form borrows the document and must end before it is closed.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "parse/pdf/layout.h"
#include "parse/pdf/page_space.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

// The document's form, where it has one: fields inherit values, options and flags from their parents, which only
// PDFium's form module follows. None of the document's scripts run.
class Form {
 public:
  Form(const Pdfium& library, FPDF_DOCUMENT file);
  ~Form();
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  FPDF_FORMHANDLE handle() const { return handle_; }  // null: the document has no form

 private:
  const Pdfium& library_;
  FPDF_FORMFILLINFO info_{};  // PDFium keeps its address
  FPDF_FORMHANDLE handle_ = nullptr;
};

struct PageNotes {
  std::vector<PageBlock> blocks;  // values are paragraphs, comments quotes, each with its box
  bool drawn = false;             // something of them shows on the page
  bool cut = false;               // there were more than we read
};

// `attached` is called for each file pinned to the page.
PageNotes read_notes(const Pdfium& library, const Form& form, FPDF_PAGE page, const PageSpace& space,
                     std::uint32_t number, const std::function<void(FPDF_ATTACHMENT)>& attached);

// Puts each note behind the block that it stands beside or below; those that the page shows already are dropped.
// `first`: where the page's blocks begin.
void add_notes(std::vector<PageBlock> notes, std::vector<PageBlock>& blocks, std::size_t first);

}  // namespace naru::pdf
