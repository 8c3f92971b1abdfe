// One page, slide or sheet of a document: what was read beside where it was. Pure functions over values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"

namespace naru {

struct PageView {
  std::string name;  // "page 3", "slide 2", "sheet Fares"
  std::vector<Block> blocks;
};

// `number` from 1: a page where the document has pages, else a slide, else a sheet in the order in which they were
// read. not_found: it has none of them, or nothing there; says which there are.
Result<PageView> page_view(const Document& document, const std::string& name, std::uint32_t number);

// A line or more a block: its place on the left, in points from the top left or in cells, what it is, its text.
std::string page_for_people(const PageView& page, std::size_t columns);

}  // namespace naru
