#include "connector/web/page_links.h"

#include <algorithm>
#include <set>

#include "connector/shared/markup_scan.h"
#include "runtime/compress.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru::web {

namespace {

constexpr std::uint64_t kUnpackedBytesMax = 50U << 20;  // of a sitemap, as sitemaps.org has it

std::string lowered(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

bool has_word(std::string_view text, std::string_view word) {
  std::string padded = " " + lowered(text) + " ";
  for (char& c : padded) c = c == ',' || c == ':' || c == '\t' || c == '\r' || c == '\n' ? ' ' : c;
  return padded.find(" " + std::string(word) + " ") != std::string::npos;
}

// RFC 1952: a header of ten bytes, then an extra field, a name and a comment where the flags say so. Nothing: broken,
// or more than may come out.
std::optional<std::string> unpacked(std::string_view gzip) {
  constexpr unsigned kExtra = 4, kName = 8, kComment = 16, kHeaderCheck = 2;
  if (gzip.size() < 18) return std::nullopt;
  const auto flags = static_cast<unsigned char>(gzip[3]);
  std::size_t at = 10;
  if ((flags & kExtra) != 0) {
    at += 2 + static_cast<unsigned char>(gzip[10]) + 256U * static_cast<unsigned char>(gzip[11]);
  }
  for (const unsigned flag : {kName, kComment}) {
    if ((flags & flag) == 0) continue;
    at = gzip.find('\0', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  if ((flags & kHeaderCheck) != 0) at += 2;
  if (at >= gzip.size()) return std::nullopt;
  Inflated inflated = inflate_raw(gzip.substr(at), kUnpackedBytesMax);
  if (inflated.end != Inflated::End::complete) return std::nullopt;
  return std::move(inflated.bytes);
}

// Addresses in a page of another charset: their paths are meant in UTF-8, their queries in the charset of the page
// (WHATWG URL, "basic URL parser").
class PageCharset {
 public:
  explicit PageCharset(std::string_view html) : html_(html) {}

  std::string href(const MarkupScan& scan) {
    std::string href = scan.attribute("href");
    if (is_valid_utf8(href)) return href;
    if (charset_.empty()) charset_ = decode_text(html_.substr(0, kLookedAt)).charset;
    const std::size_t query = std::min(href.find('?'), href.size());
    return decode_text(std::string_view(href).substr(0, query), charset_).text + href.substr(query);
  }

 private:
  static constexpr std::size_t kLookedAt = 1U << 16;  // bytes, more than a guess needs

  const std::string_view html_;
  std::string charset_;
};

void read_link_element(const MarkupScan& scan, const Url& base, PageLinks& page) {
  const std::string href = scan.attribute("href"), rel = scan.attribute("rel"), type = lowered(scan.attribute("type"));
  if (href.empty()) return;
  if (!page.canonical && has_word(rel, "canonical")) page.canonical = resolve_url(base, href);
  const bool is_feed = type == "application/rss+xml" || type == "application/atom+xml";
  if (!is_feed || !has_word(rel, "alternate") || page.feeds.size() >= kLinksMax) return;
  if (auto feed = resolve_url(base, href)) page.feeds.push_back(std::move(*feed));
}

}  // namespace

void obey(std::string_view words, PageLinks& page) {
  if (has_word(words, "noindex") || has_word(words, "none")) page.index = false;
  if (has_word(words, "nofollow") || has_word(words, "none")) page.follow = false;
}

PageLinks read_page_links(std::string_view html, const Url& place) {
  PageLinks page;
  Url base = place;
  bool has_base = false;
  std::set<std::string> seen;
  PageCharset charset(html);
  MarkupScan scan(html, Markup::html);
  for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
    if (kind != MarkupScan::Kind::open) continue;
    const std::string& name = scan.name();
    if (name == "base" && !has_base) {  // the first one counts
      if (const auto found = resolve_url(place, scan.attribute("href"))) base = *found;
      has_base = true;
    } else if (name == "meta") {
      const std::string about = lowered(scan.attribute("name"));
      if (about == "robots" || about == "naru") obey(scan.attribute("content"), page);
    } else if (name == "link") {
      read_link_element(scan, base, page);
    } else if (name == "a" || name == "area") {
      const std::string href = charset.href(scan);
      if (href.empty() || has_word(scan.attribute("rel"), "nofollow")) continue;
      std::optional<Url> link = resolve_url(base, href);
      if (!link || !seen.insert(link->text()).second) continue;
      page.whole = page.links.size() < kLinksMax;
      if (!page.whole) break;
      page.links.push_back(std::move(*link));
    }
  }
  return page;
}

PageList read_page_list(std::string_view bytes, const Url& place) {
  PageList list;
  std::optional<std::string> room;
  if (bytes.starts_with("\x1f\x8b\x08")) {
    room = unpacked(bytes);
    list.whole = room.has_value();
    bytes = room ? std::string_view(*room) : std::string_view();
  }
  MarkupScan scan(bytes, Markup::xml);
  std::string root, within, text;  // the element of the list, the entry that is open, what stands in the last element
  std::size_t depth = 0;           // elements that are open in the entry: <image:loc> stands deeper than <loc>
  bool closed = false;
  const auto add = [&](std::string_view reference, std::vector<Url>& to) {
    auto url = trim_white_space(reference).empty() ? std::nullopt : resolve_url(place, reference);
    if (!url) return;
    if (to.size() >= kListedMax) list.whole = false;
    else to.push_back(std::move(*url));
  };
  for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
    if (kind == MarkupScan::Kind::text) {
      if (text.size() <= kUrlBytesMax) text += scan.text();
      continue;
    }
    const std::string& name = scan.name();
    if (kind == MarkupScan::Kind::open) {
      text.clear();
      if (root.empty()) root = name;
      closed = closed || (scan.empty() && name == root);
      if (within.empty() && (name == "url" || name == "sitemap" || name == "item" || name == "entry")) {
        within = scan.empty() ? "" : name;
        depth = 0;
      } else if (!within.empty()) {
        if (name == "link" && within == "entry" && depth == 0) {  // Atom
          const std::string rel = scan.attribute("rel");
          if (rel.empty() || rel == "alternate") add(scan.attribute("href"), list.pages);
        }
        depth += scan.empty() ? 0 : 1;
      }
      continue;
    }
    closed = closed || name == root;
    if (name == "loc" && within == "url" && depth == 1) add(text, list.pages);
    if (name == "loc" && within == "sitemap" && depth == 1) add(text, list.lists);
    if (name == "link" && within == "item" && depth == 1) add(text, list.pages);  // RSS
    text.clear();
    if (name == within) within.clear();
    else if (depth > 0) --depth;
  }
  list.is_feed = root == "rss" || root == "feed" || root == "rdf";
  list.is_list = list.is_feed || root == "urlset" || root == "sitemapindex";
  list.whole = list.whole && (closed || list.is_feed);
  return list;
}

}  // namespace naru::web
