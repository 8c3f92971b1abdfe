#include "connector/shared/folder_walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kIgnoreFile = ".naruignore";
constexpr std::string_view kStoreFolder = ".naru";  // our own, wherever it lies
// Each level holds a file descriptor open; the usual limit is 1,024 of them.
constexpr std::size_t kDepthMax = 128;
// A rule file is written by a person.
constexpr std::uint64_t kIgnoreBytesMax = 1U << 20;

std::string escape_name(std::string_view name) {
  std::string text;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t next = at;
    const bool broken = next_code_point(name, next) == kReplacement && next == at + 1;
    if (broken) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[at]));
    } else {
      text += name.substr(at, next - at);
    }
    at = next;
  }
  return text;
}

std::string fingerprint_of(const FileStamp& stamp) {
  return fmt::format("{:x}.{:x}.{:x}.{:x}", stamp.mtime_ns, stamp.size, stamp.inode, stamp.ctime_ns);
}

}  // namespace

Item folder_item(std::string key, const FileStamp& stamp) {
  Item item;
  item.media_hint = file_extension(key);
  item.key = std::move(key);
  item.fingerprint = fingerprint_of(stamp);
  // Not the modification time, which goes back when an older file is moved into place.
  item.version_order = static_cast<std::uint64_t>(std::max<std::int64_t>(stamp.ctime_ns, 0));
  item.size_bytes = stamp.size;
  return item;
}

Result<FolderHandle> FolderWalk::open_root() const {
  Result<FolderHandle> root = FolderHandle::open(options_.path);
  if (root || is_folder(options_.path)) return root;
  if (file_exists(options_.path)) {
    return Error(Code::unavailable, escape_name(options_.path) + " is a file, not a folder: correct `path`");
  }
  return Error(Code::unavailable,
               "the folder " + escape_name(options_.path) + " is not there: mount it, or correct `path`");
}

Result<Listing> FolderWalk::list() {
  const FolderHandle root = NARU_TRY(open_root());
  const FileStamp stamp = NARU_TRY(root.stamp());
  visited_.insert({stamp.device, stamp.inode});
  NARU_TRY(walk(root, "", 0));
  // Folders behind links come last and each real folder once, so that loops end and a file keeps its own name.
  while (!links_.empty()) {
    const std::string path = std::move(links_.front());
    links_.pop_front();
    NARU_TRY(follow(path));
  }
  const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
  NARU_TRY(items_.each([&](const Item& item) { return listing_.items.add(item), Status(); }));
  std::sort(listing_.rejects.begin(), listing_.rejects.end(), by_key);
  return std::move(listing_);
}

Status FolderWalk::walk(const FolderHandle& folder, const std::string& prefix, std::size_t depth) {
  if (stop_.stop_requested()) return Error(Code::cancelled, "stopped while listing " + options_.path);
  // Watched before it is listed: what appears between the two is seen by one of them.
  if (watch_ != nullptr) static_cast<void>(watch_->add(join_path(options_.path, prefix)));
  const Result<std::vector<FolderEntry>> entries = folder.entries();
  if (!entries) return unreadable(prefix, entries.error()), Status();
  const bool ruled = read_rules(folder, prefix);
  for (const FolderEntry& entry : *entries) NARU_TRY(visit(folder, entry, prefix, depth));
  if (ruled) rules_.pop_back();
  return {};
}

Status FolderWalk::visit(const FolderHandle& folder, const FolderEntry& found, const std::string& prefix,
                         std::size_t depth) {
  if (is_hidden(found.name)) return {};
  std::string path = prefix + found.name;
  if (found.kind == FolderEntry::Kind::link) return visit_link(folder, found, std::move(path));
  if (found.kind == FolderEntry::Kind::other) return {};
  const bool is_folder = found.kind == FolderEntry::Kind::folder;
  if (is_left_out(path, is_folder)) return {};
  if (!is_valid_utf8(found.name)) return reject_name(path), Status();
  if (is_folder) return enter(folder, found, std::move(path), depth);
  add(std::move(path), found.stamp);
  return {};
}

Status FolderWalk::visit_link(const FolderHandle& folder, const FolderEntry& link, std::string path) {
  if (options_.links == Links::skip) return {};
  const Result<FolderEntry> target = folder.resolve(link.name);
  if (!target) return {};
  const bool is_folder = target->kind == FolderEntry::Kind::folder;
  if ((!is_folder && target->kind != FolderEntry::Kind::file) || is_left_out(path, is_folder)) return {};
  if (!is_valid_utf8(link.name)) return reject_name(path), Status();
  if (is_folder) {
    links_.push_back(std::move(path));
  } else {
    add(std::move(path), target->stamp);
  }
  return {};
}

void FolderWalk::add(std::string path, const FileStamp& stamp) { items_.add(item_of(std::move(path), stamp)); }

Item FolderWalk::item_of(std::string path, const FileStamp& stamp) {
  Item item = folder_item(std::move(path), stamp);
  if (options_.access_lists) item.access = access_.of(item.key);
  return item;
}

Status FolderWalk::enter(const FolderHandle& folder, const FolderEntry& entry, std::string path, std::size_t depth) {
  path += '/';
  if (depth + 1 >= kDepthMax) {
    return unreadable(path, Error(Code::limit_exceeded, "folders lie deeper than 128 levels")), Status();
  }
  if (!visited_.insert({entry.stamp.device, entry.stamp.inode}).second && options_.links == Links::follow) return {};
  const Result<FolderHandle> opened = folder.open_folder(entry.name, Links::skip);
  if (!opened) {
    if (opened.error().code() == Code::not_found) return {};
    return unreadable(path, opened.error()), Status();
  }
  return walk(*opened, path, depth + 1);
}

Status FolderWalk::follow(const std::string& path) {
  const Result<FolderHandle> opened = FolderHandle::open(join_path(options_.path, path));
  if (!opened) return unreadable(path + "/", opened.error()), Status();
  const FileStamp stamp = NARU_TRY(opened->stamp());
  if (!visited_.insert({stamp.device, stamp.inode}).second) return {};
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  if (depth + 1 >= kDepthMax) return {};
  return walk(*opened, path + "/", depth + 1);
}

bool FolderWalk::is_hidden(const std::string& name) const {
  return name == kStoreFolder || (!options_.hidden && name.starts_with('.'));
}

bool FolderWalk::is_left_out(const std::string& path, bool is_folder) const {
  const auto matches = [&](const Glob& glob) { return glob.matches(path); };
  if (std::any_of(options_.exclude.begin(), options_.exclude.end(), matches)) return true;
  for (auto it = rules_.rbegin(); it != rules_.rend(); ++it) {
    const auto verdict = it->rules.judge(std::string_view(path).substr(it->prefix), is_folder);
    if (verdict == IgnoreRules::Verdict::ignore) return true;
    if (verdict == IgnoreRules::Verdict::keep) break;
  }
  return !is_folder && !options_.include.empty() &&
         std::none_of(options_.include.begin(), options_.include.end(), matches);
}

bool FolderWalk::read_rules(const FolderHandle& folder, const std::string& prefix) {
  const Result<FolderEntry> entry = folder.entry(std::string(kIgnoreFile));
  if (!entry || entry->kind != FolderEntry::Kind::file) return false;
  const Result<StampedBytes> file = folder.read(kIgnoreFile, kIgnoreBytesMax, Links::skip);
  std::vector<std::string> mistakes;
  if (!file) mistakes.push_back(file.error().describe());
  rules_.push_back({prefix.size(), IgnoreRules::parse(file ? file->bytes : std::string(), &mistakes)});
  if (!mistakes.empty()) {
    listing_.rejects.push_back({prefix + std::string(kIgnoreFile), std::string(code_name(Code::invalid_argument)),
                                mistakes.front()});
  }
  return true;
}

// Down to `path` as far as it is there: its stamp, or none. not_found: a rule leaves it out.
Result<std::optional<FileStamp>> FolderWalk::descend(const std::string& path) {
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  if (depth + 1 >= kDepthMax) return Error(Code::not_found, "folders lie deeper than 128 levels");
  std::optional<FolderHandle> at = NARU_TRY(open_root());
  for (std::size_t start = 0;;) {
    if (at) read_rules(*at, path.substr(0, start));
    const std::size_t slash = path.find('/', start);
    const bool last = slash == std::string::npos;
    const std::string name = path.substr(start, last ? slash : slash - start);
    if (name.empty() || name == "." || name == ".." || is_hidden(name) || is_left_out(path.substr(0, slash), !last)) {
      return Error(Code::not_found, "the source leaves it out");
    }
    std::optional<FolderEntry> entry;
    if (at) {
      if (Result<FolderEntry> found = at->entry(name)) entry = std::move(*found);
    }
    if (last) {
      const bool is_there = entry && entry->kind == FolderEntry::Kind::file;
      return is_there ? std::optional(entry->stamp) : std::nullopt;
    }
    std::optional<FolderHandle> next;
    if (entry && entry->kind == FolderEntry::Kind::folder) next = NARU_TRY(at->open_folder(name, Links::skip));
    at = std::move(next);
    start = slash + 1;
  }
}

Result<Item> FolderWalk::find(const std::string& path) {
  const std::optional<FileStamp> stamp = NARU_TRY(descend(path));
  if (!stamp) return Error(Code::not_found, "the source no longer has it");
  return item_of(path, *stamp);
}

Status FolderWalk::check_kept(const std::string& path) {
  NARU_TRY(descend(path));
  return {};
}

void FolderWalk::unreadable(const std::string& prefix, const Error& error) {
  std::string name = prefix.empty() ? "." : prefix.substr(0, prefix.size() - 1);
  listing_.rejects.push_back({std::move(name), std::string(code_name(error.code())),
                              error.describe() + "; what is known of the files in this folder is kept"});
  listing_.unreadable_prefixes.push_back(prefix);
}

void FolderWalk::reject_name(const std::string& path) {
  listing_.rejects.push_back({escape_name(path), std::string(code_name(Code::unsupported)),
                              "the name is not UTF-8: rename it (for Korean names often: convmv -f cp949 -t utf-8)"});
}

}  // namespace naru
