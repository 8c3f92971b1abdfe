// What kinds of elements HTML has, as far as reading needs them. Pure functions; any thread.
#pragma once

#include "parse/html/page.h"

namespace naru::html {

// Starts on a line of its own, as browsers show it.
bool is_block_element(GumboTag tag);

// 1 to 6 for h1 to h6, else 0.
inline unsigned heading_level(GumboTag tag) {
  return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6 ? static_cast<unsigned>(tag - GUMBO_TAG_H1) + 1 : 0;
}

// Nothing of it is shown on the page: the head, forms' values, fallbacks for what every browser can.
bool is_unread_element(GumboTag tag);

// Hidden by the page itself: `hidden`, `display:none`, decoration that screen readers are told to pass.
bool is_hidden(const Node& node);

// None of its text is read: is_unread_element(), is_hidden(), and what stands for scripts unless it is asked for.
bool is_unread(const Node& node, bool with_noscript);

// Parts words although it stands on the line: a box of its own.
bool is_apart(GumboTag tag);

// A grid of values, or the columns of a page's layout?
bool is_data_table(const Page& page, std::size_t table);

}  // namespace naru::html
