// Which texts of a page are its main text, and which are navigation, teasers, comments and the rest of the frame.
//
// Pure; any thread. How it decides is told at the top of the .cpp.
#pragma once

#include <string_view>
#include <vector>

#include "parse/html/page.h"

namespace naru::html {

// What the page says about itself, as help: either may be empty.
struct MainTextHints {
  std::string_view title;    // it stands in the document's title already, and is left out of the text
  std::string_view article;  // the article's text as its linked data has it
};

struct MainText {
  std::vector<bool> kept;  // for each node whether its text belongs to it; empty where nothing stands out
  bool is_framed = false;  // what is left out are mostly links around it: the page is there for this text
};

MainText choose_main_text(const Page& page, const MainTextHints& hints);

}  // namespace naru::html
