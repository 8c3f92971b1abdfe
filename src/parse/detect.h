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

// The message of the `unsupported` error for an item that nobody reads.
std::string unsupported_message(const ParseInput& input);

}  // namespace naru
