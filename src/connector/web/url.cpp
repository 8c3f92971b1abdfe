#include "connector/web/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "text/host_name.h"
#include "text/unicode.h"

namespace naru::web {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit_sign(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit_sign(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// The byte that "%XX" at `at` means; -1 where it is none.
int escaped_byte(std::string_view text, std::size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_unreserved(int byte) {  // RFC 3986, section 2.3
  if (byte > 0x7f) return false;
  const char c = lower(static_cast<char>(byte));
  return is_digit_sign(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

// RFC 3986, section 5.2.4. An escaped dot is a dot: normal_escapes() came before.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != "." && !(segment.empty() && end == path.size())) {
      kept.push_back(segment);
    }
    at = end + 1;
  }
  std::string plain;
  for (const std::string_view segment : kept) plain.append("/").append(segment);
  if (folder || plain.empty()) plain += '/';
  return plain;
}

// "host", "host:port", "[::1]:port" in one way; "" for what can be none.
std::string normal_host(std::string_view authority, std::string_view scheme) {
  const std::size_t bracket = authority.find(']');
  const bool is_version6 = authority.starts_with('[') && bracket != std::string_view::npos;
  const std::size_t colon = authority.find(':', is_version6 ? bracket : 0);
  std::string host(authority.substr(0, colon));
  if (is_version6) {
    const bool plain = std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
      return hex_value(c) >= 0 || c == ':' || c == '.';
    });
    std::transform(host.begin(), host.end(), host.begin(), lower);
    if (!plain || host.back() != ']') return "";
  } else {
    host = ascii_host_name(host);
  }
  if (host.empty() || colon == std::string_view::npos || colon + 1 == authority.size()) return host;
  const std::string_view digits = authority.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) return "";
  return port == (scheme == "https" ? 443 : 80) ? host : fmt::format("{}:{}", host, port);
}

// `rest` begins with '/'.
std::optional<Url> make(std::string_view scheme, std::string_view authority, std::string_view rest) {
  Url url;
  url.scheme = scheme;
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(), lower);
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  url.host = normal_host(authority, url.scheme);
  if (url.host.empty()) return std::nullopt;
  rest = rest.substr(0, rest.find('#'));
  const std::size_t query = std::min(rest.find('?'), rest.size());
  url.path = without_dot_segments(normal_escapes(rest.substr(0, query)));
  if (query + 1 < rest.size()) url.query = normal_escapes(rest.substr(query));
  if (url.text().size() > kUrlBytesMax) return std::nullopt;
  return url;
}

// What browsers leave out of an address: blanks around it, line ends within. Longer than any address stays so.
std::string stripped(std::string_view text) {
  std::string plain;
  for (const char c : trim_white_space(text.substr(0, kUrlBytesMax * 2))) {
    if (c != '\n' && c != '\r' && c != '\t') plain += c;
  }
  return plain;
}

// The ':' behind a scheme (RFC 3986, section 3.1).
std::size_t scheme_end(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::string_view::npos;
  const bool plain = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return is_digit_sign(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' || c == '-' || c == '.';
  });
  return plain && !is_digit_sign(text.front()) ? colon : std::string_view::npos;
}

}  // namespace

std::string normal_escapes(std::string_view text) {
  constexpr std::string_view kPlain = "!$&'()*+,;=:@/?[]";
  std::string normal;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int escaped = escaped_byte(text, at);
    const int byte = escaped >= 0 ? escaped : static_cast<unsigned char>(text[at]);
    if (is_unreserved(byte) || (escaped < 0 && kPlain.find(text[at]) != std::string_view::npos)) {
      normal += static_cast<char>(byte);
    } else {
      normal += fmt::format("%{:02X}", byte);
    }
    if (escaped >= 0) at += 2;
  }
  return normal;
}

std::string Url::key() const {
  const std::string whole = text();
  std::string shown;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const int byte = escaped_byte(whole, at);
    shown += byte >= 0x80 ? static_cast<char>(byte) : whole[at];
    if (byte >= 0x80) at += 2;
  }
  return is_valid_utf8(shown) && nfc(shown) == shown ? shown : whole;
}

std::optional<Url> parse_url(std::string_view given) {
  const std::string text = stripped(given);
  const std::size_t colon = scheme_end(text);
  if (colon == std::string_view::npos || text.compare(colon, 3, "://") != 0) return std::nullopt;
  const std::string_view after = std::string_view(text).substr(colon + 3);
  const std::size_t end = std::min(after.find_first_of("/?#"), after.size());
  const std::string rest = (end < after.size() && after[end] == '/' ? "" : "/") + std::string(after.substr(end));
  return make(std::string_view(text).substr(0, colon), after.substr(0, end), rest);
}

std::optional<Url> resolve_url(const Url& base, std::string_view given) {
  const std::string reference = stripped(given);
  if (scheme_end(reference) != std::string_view::npos) return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + reference);
  if (reference.starts_with('/')) return make(base.scheme, base.host, reference);
  if (reference.empty() || reference.starts_with('#')) return base;
  if (reference.starts_with('?')) return make(base.scheme, base.host, base.path + reference);
  return make(base.scheme, base.host, base.path.substr(0, base.path.rfind('/') + 1) + reference);
}

bool is_same_site(const Url& a, const Url& b) {
  const auto plain = [](std::string_view host) { return host.starts_with("www.") ? host.substr(4) : host; };
  return plain(a.host) == plain(b.host);
}

}  // namespace naru::web
