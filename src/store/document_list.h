// The documents that a reader may see, page by page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"

namespace naru {

class Database;

struct ListedDocument {
  std::string knowledge_base, flow, doc, title, format, language;
};

struct DocumentPage {
  std::vector<ListedDocument> documents;
  std::optional<std::string> next;  // for the page after this one; none: it was the last
};

// By flow and name; `after` is a `next` of before. What may not be read is passed over without a trace.
// invalid_argument: `after` is not one of ours.
Result<DocumentPage> list_documents(Database& truth, const Principal& principal,
                                    const std::optional<std::string>& after, std::size_t count);

}  // namespace naru
