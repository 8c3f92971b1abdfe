// What elements are called by the authors of pages and the makers of their systems: the place of the text, and the
// frame.
//
// Pure; any thread.
#pragma once

#include <cstdint>

#include "parse/html/page.h"

namespace naru::html {

// A part of the frame, and how far its name is believed.
enum class Mark : std::uint8_t { none, weak, strong, certain };

Mark mark_of(const Node& node);

// Does its class or id call it the place of the text?
bool is_named_body(const Node& node);

}  // namespace naru::html
