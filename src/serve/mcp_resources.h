// Documents as resources of the Model Context Protocol: naru:///KB/DOC is a document as text, naru:///KB/DOC?page=3 one
// page of it (a slide of a presentation).
//
// Pure but for the Service; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "naru/record.h"
#include "serve/service.h"

namespace naru {

// An agent reads pages, it does not read books: more than most contexts hold.
inline constexpr std::size_t kMcpTextBytesMax = 200'000;

std::string resource_uri(std::string_view knowledge_base, std::string_view doc, const Locator& place = {});

Json resource_templates();

// A page of the list from `cursor` in `params` on. invalid_argument: the cursor is none of ours.
Result<Json> list_resources(Service& service, const Json& params, const Principal& principal);

// The `contents` of a resource. not_found: not there, not to be read, or a page without text. Of a text that is too
// long the beginning, and `_meta` says so.
Result<Json> read_resource(Service& service, const std::string& uri, const Principal& principal);

}  // namespace naru
