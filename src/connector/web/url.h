// Addresses of web pages: taken apart, resolved against each other (RFC 3986, section 5), and written in one way, so
// that the same page has the same key.
//
// Plain values and pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace naru::web {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // ASCII in lower case, with ":port" where it is not the usual one
  std::string path;    // from '/', without dot segments; bytes that may not stand there as %XX
  std::string query;   // with '?', or nothing

  std::string origin() const { return scheme + "://" + host; }
  std::string text() const { return origin() + path + query; }      // what is asked for
  std::string folder() const { return origin() + path.substr(0, path.rfind('/') + 1); }
  std::string key() const;  // text() for people: Hangul as Hangul; parse_url() of it gives the Url again
  bool operator==(const Url&) const = default;
};

inline constexpr std::size_t kUrlBytesMax = 4096;

// Without its fragment. None: no http or https address, one with a password in it, one whose host or port can be none,
// or one that is longer than kUrlBytesMax.
std::optional<Url> parse_url(std::string_view text);
// `reference` as it stands in a page at `base`.
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

// Escapes of a path or query in capitals, and only where they are needed: "%7e규" is "~%EA%B7%9C".
std::string normal_escapes(std::string_view text);

// Whether both are on one site as people see it: the same host, with or without "www.", whatever the scheme.
bool is_same_site(const Url& a, const Url& b);

}  // namespace naru::web
