// Running heads and page numbers of a document: they belong to its pages, stand behind its text, and are found once.
//
// Pure; any thread.
#pragma once

#include <vector>

#include "naru/record.h"

namespace naru {

// Parsers set them apart by the part "header" or "footer" of their locator, below no heading; a member of an archive
// that is named so stands below its own name.
bool is_running_head(const Block& block);

// Of each block: whether it is a running head without a letter, or one whose words, numbers aside, a head before it has
// said. Whoever searches has nothing from them.
std::vector<bool> repeated_heads(const Document& document);

}  // namespace naru
