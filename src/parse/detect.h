// Which parser takes these bytes: content first, the extension as a hint. Pure functions; any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "naru/flow.h"

namespace naru {

// The surest parser; among equals the more special one (plain text comes last). Null: nobody reads this.
const Parser* choose_parser(std::span<const std::unique_ptr<Parser>> parsers, const ParseInput& input);

// What bytes that no parser takes look like, for the message: "ZIP archive", "HWP 5 document", "PNG image"; "" unknown.
// Formats that a parser of ours reads are not named here.
std::string describe_format(std::string_view bytes);

// The message of the `unsupported` error for an item that nobody reads.
std::string unsupported_message(const ParseInput& input);

// Mail by its extension, or by its first lines being the headers that only mail has.
bool looks_like_mail(const ParseInput& input);

}  // namespace naru
