#include "connector/shared/upload_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kNameBytesMax = 255;   // what Linux file systems hold
constexpr std::size_t kPathBytesMax = 1024;  // a folder dropped from a desktop, with Hangul names, and some to spare
constexpr std::size_t kFoldersMax = 16;

// What would show a name as another one, or could be obeyed by a terminal: controls, and marks of direction.
bool is_misleading(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                         (c >= 0x2066 && c <= 0x2069);
  return control || direction || c == 0xfeff;
}

Status check_name(std::string_view name) {
  const auto wrong = [](const char* what) { return Error(Code::invalid_argument, what); };
  if (name.empty()) return wrong("a name in the path is empty");
  if (name.front() == '.') return wrong("names that begin with a dot are hidden, and never read");
  if (name.size() > kNameBytesMax) return wrong("a name is longer than 255 bytes");
  for (std::size_t at = 0; at < name.size();) {
    const char32_t c = next_code_point(name, at);
    if (c == U'\\') return wrong("a name has a \\ in it; folders are divided by /");
    if (is_misleading(c)) return wrong("a name has control characters, or marks that turn its direction");
  }
  return {};
}

}  // namespace

Result<std::string> checked_upload_path(std::string_view path) {
  if (!is_valid_utf8(path)) return Error(Code::invalid_argument, "the name is not UTF-8");
  if (path.size() > kPathBytesMax) {
    return Error(Code::invalid_argument, fmt::format("the path is longer than {} bytes", kPathBytesMax));
  }
  std::string composed = nfc(path);
  if (static_cast<std::size_t>(std::count(composed.begin(), composed.end(), '/')) > kFoldersMax) {
    return Error(Code::invalid_argument, fmt::format("the path goes through more than {} folders", kFoldersMax));
  }
  for (std::size_t start = 0;;) {
    const std::size_t slash = composed.find('/', start);
    NARU_TRY(check_name(std::string_view(composed).substr(start, slash - start)));
    if (slash == std::string::npos) return composed;
    start = slash + 1;
  }
}

Result<std::string> path_on_disk(const FolderHandle& root, const std::string& path) {
  std::string on_disk;
  std::optional<FolderHandle> opened;
  const FolderHandle* at = &root;
  for (std::size_t start = 0;;) {
    const std::size_t slash = path.find('/', start);
    std::string name = path.substr(start, slash == std::string::npos ? slash : slash - start);
    if (!at->entry(name)) {
      const std::vector<FolderEntry> entries = NARU_TRY(at->entries());
      const auto same = std::find_if(entries.begin(), entries.end(),
                                     [&](const FolderEntry& entry) { return nfc(entry.name) == name; });
      if (same == entries.end()) return on_disk + path.substr(start);
      name = same->name;
    }
    on_disk += name;
    if (slash == std::string::npos) return on_disk;
    Result<FolderHandle> next = at->open_folder(name, Links::skip);
    on_disk += '/';
    start = slash + 1;
    if (!next) return on_disk + path.substr(start);  // no folder: whoever writes there is told
    opened = std::move(*next);
    at = &*opened;
  }
}

}  // namespace naru
