#include "connector/web/memory.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "runtime/files.h"

namespace naru::web {

namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kFileBytesMax = 1ULL << 30;
constexpr std::size_t kHashDigits = 32;

// Two hexadecimal digits a byte, as Id128::hex() writes them.
Id128 hash_of(const std::string& hex) {
  if (hex.size() != kHashDigits || hex.find_first_not_of("0123456789abcdef") != std::string::npos) return {};
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
  }
  return Id128::from_bytes(bytes);
}

Seen seen_of(const Json& page) {
  Seen seen;
  seen.place = text_at(page, "place");
  seen.etag = text_at(page, "etag");
  seen.modified = text_at(page, "modified");
  seen.type = text_at(page, "type");
  seen.canonical = text_at(page, "canonical");
  seen.hash = hash_of(text_at(page, "hash"));
  if (!page.is_object()) return seen;
  if (const auto index = page.find("index"); index != page.end()) seen.index = *index != Json(false);
  if (const auto size = page.find("size"); size != page.end() && size->is_number_unsigned()) {
    seen.size = size->get<std::uint64_t>();
  }
  if (const auto links = page.find("links"); links != page.end() && links->is_array()) {
    for (const Json& link : *links) {
      if (link.is_string()) seen.links.push_back(link.get<std::string>());
    }
  }
  return seen;
}

}  // namespace

const Seen* Memory::find(const std::string& url) const {
  auto page = pages.find(url);
  if (page == pages.end()) {
    const auto other = asked.find(url);
    if (other == asked.end()) return nullptr;
    page = pages.find(other->second);
  }
  return page == pages.end() ? nullptr : &page->second;
}

void Memory::index() {
  asked.clear();
  for (const auto& [url, seen] : pages) asked.emplace(seen.place, url);
}

Memory Memory::read(const std::string& path, const Id128& options) {
  if (!file_exists(path)) return {};
  const Result<std::string> text = read_file(path, kFileBytesMax);
  if (!text) return {};
  Memory memory;
  std::string_view rest = *text;
  std::optional<std::uint64_t> expected;  // lines, once the first has said it
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const Result<Json> line = parse_json(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line || !line->is_object()) return {};
    if (expected) {
      memory.pages.emplace(text_at(*line, "url"), seen_of(*line));
      continue;
    }
    const auto pages = line->find("pages"), format = line->find("format"), whole = line->find("whole");
    const bool ours = format != line->end() && *format == Json(kFormat) && text_at(*line, "options") == options.hex();
    if (!ours || pages == line->end() || !pages->is_number_unsigned()) return {};
    expected = pages->get<std::uint64_t>();
    memory.whole = whole != line->end() && *whole == Json(true);
  }
  if (!expected || *expected != memory.pages.size()) return {};
  memory.index();
  return memory;
}

Status Memory::write(const std::string& path, const Id128& options) const {
  std::string text = to_line({{"format", kFormat}, {"options", options.hex()}, {"whole", whole},
                              {"pages", static_cast<std::uint64_t>(pages.size())}}) + "\n";
  for (const auto& [url, seen] : pages) {
    text += to_line({{"url", url}, {"place", seen.place}, {"etag", seen.etag}, {"modified", seen.modified},
                     {"type", seen.type}, {"canonical", seen.canonical}, {"index", seen.index},
                     {"hash", seen.hash.hex()}, {"size", seen.size}, {"links", seen.links}}) + "\n";
  }
  NARU_TRY(make_folders(folder_name(path)));
  return write_file_durable(path, text);
}

}  // namespace naru::web
