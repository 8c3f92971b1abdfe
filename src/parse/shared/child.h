// What an attachment or a member of an archive becomes: a child of the document, read or with the reason why not.
//
// Pure but for the reader it calls; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/flow.h"

namespace naru {

// The format of a child that nobody could read.
inline constexpr std::string_view kUnreadFormat = "unread";

// `name`: as the parent calls it, a path in an archive. Names that are no UTF-8 are repaired, control characters go.
void add_child(Document& parent, const ParseInput& parent_input, std::string_view name, std::string_view bytes);

// A child that cannot be had at all: encrypted, damaged, too large.
void add_unread_child(Document& parent, std::string_view name, std::string reason);

// One line for all children that were not read, so that the parent says it too.
void warn_of_unread(Document& parent);

// unsupported: there are children, and none could be read; the reason of the first.
Status one_child_was_read(const Document& parent);

}  // namespace naru
