// Running heads and page numbers: what stands on page after page at the edge belongs to the pages, not to the text.
#pragma once

#include <vector>

#include "parse/pdf/layout.h"

namespace naru::pdf {

// The same blocks: first those of the text in their order, then the running heads and page numbers of all pages, whose
// locators' part is "header" or "footer": what each says for the first time, then what repeats it. Nothing is lost, and
// no sentence that goes over a page is cut by them.
std::vector<PageBlock> set_apart_running_heads(std::vector<PageBlock> blocks);

}  // namespace naru::pdf
