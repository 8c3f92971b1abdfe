// DocInfo: what HWP 5 keeps beside the text: how paragraphs are headed and numbered.
#pragma once

#include <string_view>
#include <vector>

#include "parse/hwp/model.h"

namespace naru::hwp {

struct DocInfo {
  std::vector<ParagraphShape> shapes;  // by the id that paragraphs name
  std::vector<Numbering> numberings;   // paragraphs and sections name them from 1
  std::vector<std::string> styles;     // names, by id
};

// What cannot be read has its default: text counts more than its numbers.
DocInfo read_doc_info(std::string_view stream);

// The shape of a paragraph with these ids.
ParagraphShape paragraph_shape(const DocInfo& info, std::size_t shape, std::size_t style);

}  // namespace naru::hwp
