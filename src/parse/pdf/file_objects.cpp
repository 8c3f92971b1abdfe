#include "parse/pdf/file_objects.h"

#include <charconv>

#include "runtime/compress.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kObjectsMax = 500'000;        // a book of 10,000 pages has some 200,000
constexpr std::size_t kOpenedBytesMax = 64U << 20;  // of all object streams, and of one other stream
constexpr std::size_t kValueBytesMax = 1U << 20;    // the longest encodings have some kilobytes

bool is_white(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_regular(char c) { return !is_white(c) && std::string_view("()<>[]{}/%").find(c) == std::string_view::npos; }

void skip_white(std::string_view text, std::size_t& at) {
  for (; at < text.size(); ++at) {
    if (text[at] == '%') {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
      if (at == text.size()) return;
    } else if (!is_white(text[at])) {
      return;
    }
  }
}

// Behind the parenthesis that closes a string; brackets inside it may nest.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

// Behind the bracket that closes an array or dictionary.
std::size_t end_of_nest(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  const std::size_t limit = std::min(text.size(), at + kValueBytesMax);
  while (at < limit) {
    const char c = text[at];
    const bool pair = at + 1 < text.size() && text[at + 1] == c;
    if (c == '(') {
      at = end_of_string(text, at);
      continue;
    }
    if (c == '<' && !pair) {  // a string of hexadecimal digits
      at = std::min(text.find('>', at), text.size() - 1) + 1;
      continue;
    }
    if (c == '[' || c == '<') ++depth;
    if (c == ']' || (c == '>' && pair)) --depth;
    at += c == '<' || (c == '>' && pair) ? 2 : 1;
    if (depth == 0) return std::min(at, text.size());
  }
  return text.size();
}

std::size_t end_of_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// "12 0 R": behind it; `at` where a number stands alone.
std::size_t end_of_reference(std::string_view text, std::size_t at) {
  std::size_t end = at;
  skip_white(text, end);
  const std::size_t generation = end_of_digits(text, end);
  if (generation == end) return at;
  end = generation;
  skip_white(text, end);
  const bool is_reference =
      end < text.size() && text[end] == 'R' && (end + 1 == text.size() || !is_regular(text[end + 1]));
  return is_reference ? end + 1 : at;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view next_value(std::string_view text, std::size_t& at) {
  skip_white(text, at);
  if (at >= text.size()) return {};
  const std::size_t start = at;
  const char c = text[at];
  if (c == '[' || (c == '<' && at + 1 < text.size() && text[at + 1] == '<')) {
    at = end_of_nest(text, at);
  } else if (c == '(') {
    at = end_of_string(text, at);
  } else if (c == '<') {
    at = std::min(text.size(), text.find('>', at)) + (text.find('>', at) < text.size() ? 1 : 0);
  } else {
    ++at;
    while (at < text.size() && is_regular(text[at]) && (c == '/' || is_regular(c))) ++at;
    if (end_of_digits(text, start) == at) at = end_of_reference(text, at);
  }
  return text.substr(start, at - start);
}

const std::map<std::uint32_t, std::string_view>& FileObjects::all() {
  if (!found_) {
    found_ = true;
    find_objects();
    open_object_streams();
  }
  return objects_;
}

// An object's text ends where the next one begins: so all of them together are no longer than the file, whatever it is.
void FileObjects::find_objects() {
  constexpr std::string_view kMark = " obj";
  std::string_view* last = nullptr;
  for (std::size_t at = bytes_.find(kMark); at != std::string_view::npos; at = bytes_.find(kMark, at + 1)) {
    std::size_t generation = at;
    while (generation > 0 && is_digit(bytes_[generation - 1])) --generation;
    if (generation == at || generation < 2 || !is_white(bytes_[generation - 1])) continue;
    std::size_t start = generation - 1;
    while (start > 0 && is_digit(bytes_[start - 1])) --start;
    const std::optional<std::uint32_t> number = number_of(bytes_.substr(start, generation - 1 - start));
    if (!number || (objects_.size() >= kObjectsMax && objects_.find(*number) == objects_.end())) continue;
    if (last != nullptr) *last = last->substr(0, bytes_.data() + start - last->data());
    std::size_t text = at + kMark.size();
    while (text < bytes_.size() && is_white(bytes_[text])) ++text;
    last = &objects_[*number];
    *last = bytes_.substr(text);
  }
}

void FileObjects::open_object_streams() {
  constexpr std::string_view kType = "/ObjStm";
  if (bytes_.find(kType) == std::string_view::npos) return;
  const std::map<std::uint32_t, std::string_view> in_file = objects_;
  for (const auto& [number, text] : in_file) {
    std::size_t at = 0;
    const std::string_view dictionary = next_value(text, at);
    if (dictionary.find(kType) != std::string_view::npos) add_members(text);
  }
}

void FileObjects::add_members(std::string_view text) {
  const std::optional<std::uint32_t> first = number_of(value(text, "/First"));
  std::optional<std::string> opened = stream(text);
  if (!first || !opened || *first > opened->size() || opened_bytes_ > kOpenedBytesMax) return;
  opened_bytes_ += opened->size();
  const std::string_view whole = members_.emplace_back(std::move(*opened));
  const std::string_view head = whole.substr(0, *first), body = whole.substr(*first);
  std::string_view* last = nullptr;
  for (std::size_t at = 0, end = 0; at < head.size() && objects_.size() < kObjectsMax;) {
    const std::optional<std::uint32_t> number = number_of(next_value(head, at));
    const std::optional<std::uint32_t> offset = number_of(next_value(head, at));
    if (!number || !offset || *offset < end || *offset >= body.size()) return;
    if (last != nullptr) *last = last->substr(0, *offset - end);
    const auto [entry, added] = objects_.try_emplace(*number, body.substr(*offset));
    last = added ? &entry->second : nullptr;
    end = *offset;
  }
}

std::string_view FileObjects::resolved(std::string_view value) {
  if (!value.ends_with('R') || value.empty() || !is_digit(value.front())) return value;
  const auto found = all().find(number_of(value).value_or(0));
  if (found == objects_.end()) return {};
  // A stream's bytes follow its dictionary: callers that want them take the text as it goes on.
  if (found->second.starts_with("<<")) return found->second;
  std::size_t at = 0;
  return next_value(found->second, at);
}

std::string_view FileObjects::value(std::string_view dictionary, std::string_view key) {
  if (!dictionary.starts_with("<<")) return {};
  for (std::size_t at = 2; at < dictionary.size();) {
    const std::string_view name = next_value(dictionary, at);
    if (!name.starts_with('/')) return {};
    const std::string_view found = next_value(dictionary, at);
    if (name == key) return resolved(found);
  }
  return {};
}

std::optional<std::string> FileObjects::stream(std::string_view text) {
  constexpr std::string_view kStart = "stream", kEnd = "endstream";
  std::size_t at = 0;
  next_value(text, at);
  skip_white(text, at);
  if (text.substr(at, kStart.size()) != kStart) return std::nullopt;
  at += kStart.size();
  if (at < text.size() && text[at] == '\r') ++at;
  if (at < text.size() && text[at] == '\n') ++at;
  const std::string_view packed = text.substr(at, std::min(text.find(kEnd, at), text.size()) - at);
  std::string_view filter = value(text, "/Filter");
  if (filter.empty() || filter == "[]") return std::string(packed.substr(0, kOpenedBytesMax));
  constexpr std::size_t kZlibHeader = 2;
  if (filter.find("FlateDecode") == std::string_view::npos || filter.find('/', filter.find('/') + 1) < filter.size() ||
      !value(text, "/DecodeParms").empty() || packed.size() < kZlibHeader) {
    return std::nullopt;
  }
  Inflated inflated = inflate_raw(packed.substr(kZlibHeader), kOpenedBytesMax);
  if (inflated.bytes.empty()) return std::nullopt;
  return std::move(inflated.bytes);
}

}  // namespace naru::pdf
