#include "connector/shared/markup_scan.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kReferenceMax = 10;  // "&#x10FFFF;" without its ends
constexpr std::size_t kNameMax = 256;      // no element that we look for has a longer one

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_name_start(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string local_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  std::string local(name.substr(0, kNameMax));
  std::transform(local.begin(), local.end(), local.begin(), lower);
  return local;
}

// The character that a reference means; "" where it means none.
std::string referred(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNamed = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) return std::string(character);
  }
  if (!name.starts_with('#')) return "";
  const bool hex = name.size() > 1 && lower(name[1]) == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  const bool valid = error == std::errc() && end == digits.data() + digits.size() && code != 0 && code <= 0x10ffff &&
                     (code < 0xd800 || code > 0xdfff);
  std::string character;
  if (valid) append_utf8(character, code);
  return character;
}

}  // namespace

std::string resolve_references(std::string_view text) {
  std::string resolved;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = std::min(text.find('&', at), text.size());
    resolved += text.substr(at, start - at);
    if (start == text.size()) break;
    const std::string_view ahead = text.substr(start + 1, kReferenceMax);
    const std::size_t end = ahead.find(';');
    const std::string character = end == std::string_view::npos ? "" : referred(ahead.substr(0, end));
    resolved += character.empty() ? "&" : character;
    at = start + 1 + (character.empty() ? 0 : end + 1);
  }
  return resolved;
}

std::string MarkupScan::text() const { return literal_ ? std::string(inside_) : resolve_references(inside_); }

bool MarkupScan::skip_past(std::string_view mark) {
  const std::size_t found = text_.find(mark, at_);
  at_ = found == std::string_view::npos ? text_.size() : found + mark.size();
  return found != std::string_view::npos;
}

MarkupScan::Kind MarkupScan::next() {
  while (at_ < text_.size()) {
    literal_ = false;
    if (!raw_element_.empty()) {  // to its end tag, whatever stands there
      std::size_t end = at_;
      const std::string_view name = raw_element_;
      const auto ends = [&](std::size_t place) {
        return std::equal(name.begin(), name.end(), text_.begin() + static_cast<std::ptrdiff_t>(place) + 2,
                          [](char a, char b) { return a == lower(b); });
      };
      do {
        end = text_.find("</", end);
        if (end == std::string_view::npos || end + 2 + name.size() > text_.size()) {
          at_ = text_.size();
          return Kind::end;
        }
      } while (!ends(end) && ++end > 0);
      at_ = end;
      raw_element_.clear();
    }
    if (text_[at_] != '<') {
      const std::size_t end = std::min(text_.find('<', at_), text_.size());
      inside_ = text_.substr(at_, end - at_);
      at_ = end;
      return Kind::text;
    }
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<![CDATA[") && markup_ == Markup::xml) {
      at_ += 9;
      const std::size_t start = at_;
      const bool closed = skip_past("]]>");
      inside_ = text_.substr(start, at_ - start - (closed ? 3 : 0));
      literal_ = true;
      return Kind::text;
    }
    if (rest.starts_with("<!--")) {
      at_ += 4;
      skip_past("-->");
    } else if (rest.starts_with("<?")) {
      skip_past(markup_ == Markup::xml ? "?>" : ">");
    } else if (rest.starts_with("<!")) {
      skip_past(">");
    } else if (rest.size() > 1 && (is_name_start(rest[1]) || (rest[1] == '/' && rest.size() > 2))) {
      return tag();
    } else {
      inside_ = rest.substr(0, 1);  // a sign that begins no tag
      ++at_;
      return Kind::text;
    }
  }
  return Kind::end;
}

// From '<' to its '>', which may stand in a quoted value.
MarkupScan::Kind MarkupScan::tag() {
  const bool close = text_[at_ + 1] == '/';
  at_ += close ? 2 : 1;
  const std::size_t name_start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '>' && text_[at_] != '/') ++at_;
  name_ = local_name(text_.substr(name_start, at_ - name_start));
  const std::size_t start = at_;
  char quote = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      break;
    } else if ((c == '"' || c == '\'') && text_[at_ - 1] == '=') {
      quote = c;
    }
  }
  inside_ = text_.substr(start, at_ - start);
  empty_ = inside_.ends_with('/');
  if (at_ < text_.size()) ++at_;
  if (markup_ == Markup::html && !close && (name_ == "script" || name_ == "style")) raw_element_ = name_;
  return close ? Kind::close : Kind::open;
}

std::string MarkupScan::attribute(std::string_view name) const {
  std::size_t at = 0;
  while (at < inside_.size()) {
    while (at < inside_.size() && (is_blank(inside_[at]) || inside_[at] == '/')) ++at;
    const std::size_t start = at;
    const auto in_name = [&](char c) { return !is_blank(c) && c != '=' && (at == start || c != '/'); };
    while (at < inside_.size() && in_name(inside_[at])) ++at;
    const std::string found = local_name(inside_.substr(start, at - start));
    while (at < inside_.size() && is_blank(inside_[at])) ++at;
    if (at >= inside_.size() || inside_[at] != '=') {
      if (at == start) ++at;
      continue;
    }
    ++at;
    while (at < inside_.size() && is_blank(inside_[at])) ++at;
    std::string_view value;
    if (at < inside_.size() && (inside_[at] == '"' || inside_[at] == '\'')) {
      const std::size_t end = std::min(inside_.find(inside_[at], at + 1), inside_.size());
      value = inside_.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const std::size_t begin = at;
      while (at < inside_.size() && !is_blank(inside_[at])) ++at;
      value = inside_.substr(begin, at - begin);
    }
    if (found == name) return resolve_references(value);
  }
  return "";
}

}  // namespace naru
