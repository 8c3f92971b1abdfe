// Hyphens at the ends of lines: part of a word ("worst-case"), or only there because the line ended ("ri-ver").
//
// Where lines are joined at a hyphen, kJoint stands in its place until the whole document is known: the words elsewhere
// in it decide. Pure functions, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "parse/pdf/layout.h"

namespace naru::pdf {

inline constexpr std::string_view kJoint = "\u00AD";  // the soft hyphen: those of the file are gone by then

// Takes the joints out of all texts and cells, or puts hyphens back. A word is joined, but where the document has it
// with its hyphen and not without, or where a capital or a digit follows ("Jean-Pierre", "COVID-19").
void settle_hyphens(std::vector<PageBlock>& blocks);

}  // namespace naru::pdf
