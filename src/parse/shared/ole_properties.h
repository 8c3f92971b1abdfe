// The summary of an OLE document (MS-OLEPS): title, author and dates, as metadata.
#pragma once

#include <string_view>

#include "naru/record.h"

namespace naru {

// The fields of a summary information stream that say something, in its order: "title", "subject", "author",
// "keywords", "description", "last_author", "created", "modified". What is damaged is left out.
Metadata read_ole_summary(std::string_view stream);

}  // namespace naru
