// What a crawler must know of a page or of a list of pages: where its links lead, and what it says of itself. Read by
// MarkupScan, without a tree; what the text says is the parsers' affair, in the worker (decision 49).
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "connector/web/url.h"

namespace naru::web {

inline constexpr std::size_t kLinksMax = 10'000;   // of one page
inline constexpr std::size_t kListedMax = 50'000;  // of one sitemap, as sitemaps.org has it

struct PageLinks {
  std::vector<Url> links;            // as they stand, each once
  std::vector<Url> feeds;            // <link rel=alternate> of RSS and Atom
  std::optional<Url> canonical;      // <link rel=canonical>
  bool index = true, follow = true;  // false: <meta name=robots> asks us not to
  bool whole = true;                 // false: there are more links than kLinksMax
};
PageLinks read_page_links(std::string_view html, const Url& place);

// What X-Robots-Tag or <meta name=robots> says.
void obey(std::string_view words, PageLinks& page);

// A sitemap's pages, or the sitemaps that an index names; a feed's entries (RSS, Atom). gzip is unpacked, up to 50 MiB.
struct PageList {
  std::vector<Url> pages, lists;
  bool is_list = false;  // it was one of these
  bool is_feed = false;
  bool whole = true;     // false: there are more than kListedMax, or it is cut off
};
PageList read_page_list(std::string_view bytes, const Url& place);

}  // namespace naru::web
