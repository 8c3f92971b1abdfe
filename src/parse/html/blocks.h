// From a page to blocks: headings, paragraphs, list items, tables as grids, code, quotes and captions in document
// order, each with the range of the cleaned source that it stands on.
//
// Pure; one thread. Walks the flat page, so that nesting costs no stack.
#pragma once

#include <vector>

#include "naru/record.h"
#include "parse/html/page.h"

namespace naru::html {

struct ReadBlocks {
  std::vector<Block> blocks;  // locator.bytes are places in the cleaned source; no heading paths yet
  std::vector<std::string> warnings;
};

// `kept`: which nodes' texts to read, by index; empty: all that the page shows.
ReadBlocks read_blocks(const Page& page, const std::vector<bool>& kept);

}  // namespace naru::html
