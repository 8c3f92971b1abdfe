#include "parse/shared/child.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kChildNameBytesMax = 1024;
constexpr std::size_t kNamedInWarning = 3;

std::string clean_name(std::string_view name) {
  std::string clean = nfc(name.substr(0, kChildNameBytesMax));
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return clean.empty() ? "unnamed" : clean;
}

}  // namespace

void add_child(Document& parent, const ParseInput& parent_input, std::string_view name, std::string_view bytes) {
  if (parent_input.members == nullptr) return add_unread_child(parent, name, "members are not read here");
  ParseInput input;
  input.bytes = bytes;
  input.uri = clean_name(name);
  input.media_hint = file_extension(input.uri);
  input.web_text = parent_input.web_text;
  Result<Document> document = parent_input.members->read(input);
  if (!document) return add_unread_child(parent, name, document.error().describe());
  parent.children.emplace_back(input.uri, std::move(*document));
}

void add_unread_child(Document& parent, std::string_view name, std::string reason) {
  Document child;
  child.uri = clean_name(name);
  child.format = kUnreadFormat;
  child.warnings.push_back(std::move(reason));
  parent.children.emplace_back(child.uri, std::move(child));
}

Status one_child_was_read(const Document& parent) {
  const auto was_read = [](const Document::Child& child) { return child.document.format != kUnreadFormat; };
  if (parent.children.empty() || std::any_of(parent.children.begin(), parent.children.end(), was_read)) return {};
  const Document::Child& first = parent.children.front();
  const std::string reason = first.document.warnings.empty() ? "" : ": " + first.document.warnings.front();
  return Error(Code::unsupported,
               fmt::format("none of its {} members could be read; {}{}", parent.children.size(), first.name, reason));
}

void warn_of_unread(Document& parent) {
  std::string names;
  std::size_t unread = 0;
  for (const auto& [name, child] : parent.children) {
    if (child.format != kUnreadFormat) continue;
    if (++unread <= kNamedInWarning) names += (names.empty() ? "" : ", ") + name;
  }
  if (unread == 0) return;
  if (unread > kNamedInWarning) names += ", …";
  parent.warnings.push_back(fmt::format("not read: {} of {} members ({})", unread, parent.children.size(), names));
}

}  // namespace naru
