// Which texts of a page are its main text, and which are navigation, teasers, comments and the rest of the frame.
//
// Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "parse/html/page.h"

namespace naru::html {

// For each node whether its text belongs to the main text. Empty where nothing stands out: then the whole page is it.
// `article`: the article's text as the page's own metadata has it, if it does.
std::vector<bool> choose_main_text(const Page& page, std::string_view article);

}  // namespace naru::html
