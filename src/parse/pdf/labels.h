// Captions and footnotes by how they begin and where they stand. Pure functions, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "parse/pdf/layout.h"

namespace naru::pdf {

inline constexpr std::string_view kFootnote = "footnote";  // the part in their locator

// "Figure 3: …", "표 2. …", "<그림 1> …"; not "Figure 3 shows …".
bool is_caption(std::string_view text);

// Gives captions their kind, and footnotes their part: what is set smaller than the `body`, begins with a mark, and has
// nothing of the body's size below it on its page.
void label_captions_and_footnotes(std::vector<PageBlock>& blocks, float body);

}  // namespace naru::pdf
