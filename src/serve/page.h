// The page: files that the program carries, and the link by which an answer of /v1 opens it at a passage. They say
// nothing of what is kept here, so anybody may have them; what they show comes from /api.
#pragma once

#include "serve/route.h"

namespace naru {

void show_page(Exchange& exchange);       // "/", and the files that it names
void open_at_passage(Exchange& exchange);  // "/view?kb=…&doc=…&chunk=…"

// For who comes without the page: a few words in plain HTML.
HttpResponse html_page(unsigned status, std::string_view title, std::string_view body);

}  // namespace naru
