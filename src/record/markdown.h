// Documents as Markdown, for people: what `naru parse --markdown` prints. Pure functions; any thread.
#pragma once

#include <string>

#include "naru/record.h"

namespace naru {

// Headings, lists, quotes, fenced code and pipe tables; text stands as it is, for it is read, not parsed again.
// Children follow their document under a heading with their name.
std::string document_to_markdown(const Document& document);

}  // namespace naru
