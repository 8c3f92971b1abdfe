// Pages of plain HTML without scripts: where a login leads, and a document with one passage marked, so that the links
// of citations lead somewhere in any browser. Text of documents is escaped and never more than text.
#pragma once

#include "serve/route.h"

namespace naru {

void show_home(Exchange& exchange);
void show_view(Exchange& exchange);

// Text as it may stand in HTML, between tags and in quoted attributes.
std::string html_escaped(std::string_view text);

HttpResponse html_page(unsigned status, std::string_view title, std::string_view body);

}  // namespace naru
