// What a page says about itself: title, author, date, language, canonical address, from meta tags, JSON-LD and markup.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "naru/record.h"
#include "parse/html/page.h"

namespace naru::html {

struct PageMetadata {
  std::string title;
  std::string language;  // as declared: "ko", "en"
  std::string article;   // the article's text where JSON-LD holds it
  bool is_article = false;  // it says so: Open Graph, or the type of its linked data
  Metadata pairs;        // author, published, modified, description, site, canonical
};

PageMetadata read_metadata(const Page& page, const std::vector<std::string_view>& linked_data);

}  // namespace naru::html
