// Any bytes as an address, robots.txt, a page and a list of pages: what is an address is written in one way, for
// programs and for people, and nothing but http and https comes out of a page.
#include <cstdint>
#include <cstdlib>

#include "connector/web/page_links.h"
#include "connector/web/robots.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check(const naru::web::Url& url) {
  const std::string text = url.text();
  check(text.starts_with("http://") || text.starts_with("https://"));
  check(text.size() <= naru::web::kUrlBytesMax && url.host.find('@') == std::string::npos);
  for (const char c : text) check(c > ' ' && c < 0x7f);
  check(naru::web::parse_url(text) == url);
  check(naru::web::parse_url(url.key()) == url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const naru::web::Url base = *naru::web::parse_url("http://example.com/a/b?c");
  if (const auto url = naru::web::parse_url(text)) check(*url);
  if (const auto url = naru::web::resolve_url(base, text)) check(*url);
  const auto robots = naru::web::Robots::parse(text, "naru");
  (void)robots.allows("/" + naru::web::normal_escapes(text.substr(0, 200)));
  check(robots.delay_ms() >= 0 && robots.delay_ms() <= naru::web::Robots::kDelayMsMax);
  const naru::web::PageLinks page = naru::web::read_page_links(text, base);
  for (const naru::web::Url& link : page.links) check(link);
  if (page.canonical) check(*page.canonical);
  const naru::web::PageList list = naru::web::read_page_list(text, base);
  for (const naru::web::Url& link : list.pages) check(link);
  for (const naru::web::Url& link : list.lists) check(link);
  return 0;
}
