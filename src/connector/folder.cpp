// folder: the files below a folder, recursively.
//
// An item is a regular file, named by its path below the folder with '/', in the bytes that are on disk (a decomposed
// Hangul name stays decomposed). Links are not followed unless asked for, pipes, sockets and devices are never opened,
// hidden names are left out. A change is a new modification time, size, inode or change time; nothing is read to see
// that. A file that changed so lately that a further change could go unseen is looked at again by the next run. Missing
// files are deletions, except below a subfolder that could not be read. `.naruignore` files work as .gitignore does.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "connector/shared/glob.h"
#include "naru/registry.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/folder_handle.h"
#include "runtime/folder_watch.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kIgnoreFile = ".naruignore";
constexpr std::string_view kStoreFolder = ".naru";  // our own, wherever it lies
// Each level holds a file descriptor open; the usual limit is 1,024 of them.
constexpr std::size_t kDepthMax = 128;
// A rule file is written by a person.
constexpr std::uint64_t kIgnoreBytesMax = 1U << 20;
// Times of a local file system advance with the kernel's tick (10 ms at the slowest); 50 ms leaves room. Whole seconds
// tell of a file system that counts in one or two of them.
constexpr std::int64_t kTickNs = 50'000'000, kCoarseTickNs = 2'100'000'000, kSecondNs = 1'000'000'000;
// After a first sign of change: quiet for so long, or so long altogether, then look.
constexpr std::int64_t kQuietMs = 200, kGatherMsMax = 2'000;

struct FolderOptions {
  std::string path;               // absolute
  std::vector<Glob> include, exclude;
  bool hidden = false;
  Links links = Links::skip;
  std::uint64_t bytes_max = 0;    // of one file
  bool watch = true;
  std::int64_t poll_ms = 0;
};

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

// Whether the file could change again without a trace in its stamp.
bool is_too_fresh(const FileStamp& stamp, std::int64_t now_ns) {
  const bool coarse = stamp.ctime_ns % kSecondNs == 0;
  const std::int64_t tick = coarse ? kCoarseTickNs : kTickNs;
  const auto near = [&](std::int64_t time) { return time > now_ns - tick && time < now_ns + tick; };
  return near(stamp.ctime_ns) || (coarse && near(stamp.mtime_ns));
}

Item item_of(std::string key, const FileStamp& stamp) {
  Item item;
  item.media_hint = file_extension(key);
  item.key = std::move(key);
  item.fingerprint = fingerprint_of(stamp);
  // Not the modification time, which goes back when an older file is moved into place.
  item.version_order = static_cast<std::uint64_t>(std::max<std::int64_t>(stamp.ctime_ns, 0));
  item.size_bytes = stamp.size;
  return item;
}

// One walk over the tree.
class Walk {
 public:
  Walk(const FolderOptions& options, FolderWatch* watch, std::stop_token stop)
      : options_(options), watch_(watch), stop_(std::move(stop)) {}

  Result<Listing> list() {
    const Result<FolderHandle> root = FolderHandle::open(options_.path);
    if (!root) {
      if (is_folder(options_.path)) return root.error();
      if (file_exists(options_.path)) {
        return Error(Code::unavailable, escape_name(options_.path) + " is a file, not a folder: correct `path`");
      }
      return Error(Code::unavailable,
                   "the folder " + escape_name(options_.path) + " is not there: mount it, or correct `path`");
    }
    const FileStamp stamp = NARU_TRY(root->stamp());
    visited_.insert({stamp.device, stamp.inode});
    NARU_TRY(walk(*root, "", 0));
    // Folders behind links come last and each real folder once, so that loops end and a file keeps its own name.
    while (!links_.empty()) {
      const std::string path = std::move(links_.front());
      links_.pop_front();
      NARU_TRY(follow(path));
    }
    const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
    std::sort(listing_.items.begin(), listing_.items.end(), by_key);
    std::sort(listing_.rejects.begin(), listing_.rejects.end(), by_key);
    return std::move(listing_);
  }

 private:
  struct Rules {
    std::size_t prefix = 0;  // bytes of the path of the folder that the file stands in
    IgnoreRules rules;
  };

  Status walk(const FolderHandle& folder, const std::string& prefix, std::size_t depth) {
    if (stop_.stop_requested()) return Error(Code::cancelled, "stopped while listing " + options_.path);
    // Watched before it is listed: what appears between the two is seen by one of them.
    if (watch_ != nullptr) static_cast<void>(watch_->add(join_path(options_.path, prefix)));
    const Result<std::vector<FolderEntry>> entries = folder.entries();
    if (!entries) return unreadable(prefix, entries.error()), Status();
    const bool ruled = read_rules(folder, *entries, prefix);
    for (const FolderEntry& entry : *entries) NARU_TRY(visit(folder, entry, prefix, depth));
    if (ruled) rules_.pop_back();
    return {};
  }

  Status visit(const FolderHandle& folder, const FolderEntry& found, const std::string& prefix, std::size_t depth) {
    if (found.name == kStoreFolder || (!options_.hidden && found.name.starts_with('.'))) return {};
    std::string path = prefix + found.name;
    if (found.kind == FolderEntry::Kind::link) return visit_link(folder, found, std::move(path));
    if (found.kind == FolderEntry::Kind::other) return {};
    const bool is_folder = found.kind == FolderEntry::Kind::folder;
    if (is_left_out(path, is_folder)) return {};
    if (!is_valid_utf8(found.name)) return reject_name(path), Status();
    if (is_folder) return enter(folder, found, std::move(path), depth);
    listing_.items.push_back(item_of(std::move(path), found.stamp));
    return {};
  }

  Status visit_link(const FolderHandle& folder, const FolderEntry& link, std::string path) {
    if (options_.links == Links::skip) return {};
    const Result<FolderEntry> target = folder.resolve(link.name);
    if (!target) return {};
    const bool is_folder = target->kind == FolderEntry::Kind::folder;
    if ((!is_folder && target->kind != FolderEntry::Kind::file) || is_left_out(path, is_folder)) return {};
    if (!is_valid_utf8(link.name)) return reject_name(path), Status();
    if (is_folder) {
      links_.push_back(std::move(path));
    } else {
      listing_.items.push_back(item_of(std::move(path), target->stamp));
    }
    return {};
  }

  Status enter(const FolderHandle& folder, const FolderEntry& entry, std::string path, std::size_t depth) {
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

  Status follow(const std::string& path) {
    const Result<FolderHandle> opened = FolderHandle::open(join_path(options_.path, path));
    if (!opened) return unreadable(path + "/", opened.error()), Status();
    const FileStamp stamp = NARU_TRY(opened->stamp());
    if (!visited_.insert({stamp.device, stamp.inode}).second) return {};
    const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    if (depth + 1 >= kDepthMax) return {};
    return walk(*opened, path + "/", depth + 1);
  }

  bool is_left_out(const std::string& path, bool is_folder) const {
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

  bool read_rules(const FolderHandle& folder, const std::vector<FolderEntry>& entries, const std::string& prefix) {
    const bool there = std::any_of(entries.begin(), entries.end(), [](const FolderEntry& entry) {
      return entry.name == kIgnoreFile && entry.kind == FolderEntry::Kind::file;
    });
    if (!there) return false;
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

  void unreadable(const std::string& prefix, const Error& error) {
    std::string name = prefix.empty() ? "." : prefix.substr(0, prefix.size() - 1);
    listing_.rejects.push_back({std::move(name), std::string(code_name(error.code())),
                                error.describe() + "; what is known of the files in this folder is kept"});
    listing_.unreadable_prefixes.push_back(prefix);
  }

  void reject_name(const std::string& path) {
    listing_.rejects.push_back({escape_name(path), std::string(code_name(Code::unsupported)),
                                "the name is not UTF-8: rename it (for Korean names often: convmv -f cp949 -t utf-8)"});
  }

  const FolderOptions& options_;
  FolderWatch* const watch_;
  const std::stop_token stop_;
  Listing listing_;
  std::vector<Rules> rules_;                                   // of the folders above, outermost first
  std::set<std::pair<std::uint64_t, std::uint64_t>> visited_;  // device and inode of folders
  std::deque<std::string> links_;                              // to folders, not followed yet
};

class FolderSource : public Source {
 public:
  explicit FolderSource(FolderOptions options) : options_(std::move(options)) {}

  Result<Listing> poll(std::stop_token stop) override { return Walk(options_, watch_.get(), stop).list(); }

  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped before reading");
    const FolderHandle root = NARU_TRY(FolderHandle::open(options_.path));
    StampedBytes read = NARU_TRY(root.read(item.key, options_.bytes_max, options_.links));
    ItemContent content{std::move(read.bytes), item_of(item.key, read.stamp)};
    if (is_too_fresh(read.stamp, system_clock().unix_ms() * 1'000'000)) content.item.fingerprint.clear();
    return content;
  }

  Status wait_for_change(std::stop_token stop) override {
    if (!options_.watch) {
      system_clock().sleep_ms(options_.poll_ms, stop);
      return {};
    }
    if (!watch_) {
      Result<std::unique_ptr<FolderWatch>> opened = FolderWatch::open();
      if (!opened) {  // nothing to watch with: then by looking
        system_clock().sleep_ms(options_.poll_ms, stop);
        return {};
      }
      watch_ = std::move(*opened);
      return {};  // the next poll puts the watches in place
    }
    if (!NARU_TRY(watch_->wait(options_.poll_ms, stop))) return {};
    const std::int64_t started = system_clock().monotonic_ns();
    while (elapsed_ms(started, system_clock().monotonic_ns()) < static_cast<double>(kGatherMsMax)) {
      if (!NARU_TRY(watch_->wait(kQuietMs, stop))) break;
    }
    return {};
  }

 private:
  const FolderOptions options_;
  std::unique_ptr<FolderWatch> watch_;
};

OptionSpec option(std::string name, OptionType type, std::string summary, OptionValue fallback) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.summary = std::move(summary);
  spec.fallback = std::move(fallback);
  return spec;
}

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "folder";
  descriptor.summary = "The files below a folder, kept in step with edits, renames and deletions.";
  OptionSpec path;
  path.name = "path";
  path.summary = "The folder; relative paths start at the configuration file.";
  OptionSpec max_bytes = option("max_bytes", OptionType::integer, "Larger files are rejected without being read.",
                                std::int64_t{256} << 20);
  max_bytes.unit = "bytes";
  max_bytes.minimum = 1;
  max_bytes.maximum = static_cast<double>(kReadBytesMax);
  OptionSpec poll_seconds = option("poll_seconds", OptionType::integer,
                                   "With --watch: looks at least so often (network folders send no events).",
                                   std::int64_t{30});
  poll_seconds.unit = "seconds";
  poll_seconds.minimum = 1;
  poll_seconds.maximum = 86400;
  const std::vector<std::string> none;
  descriptor.options = {
      path,
      option("include", OptionType::text_list, "Only files that match one of these globs: *, **, ?, [a-z], {a,b}.",
             none),
      option("exclude", OptionType::text_list, "No files or folders that match one of these globs.", none),
      option("hidden", OptionType::boolean, "Also names that begin with a dot.", false),
      option("follow_links", OptionType::boolean, "Follow links to files and folders, also out of the folder.", false),
      max_bytes,
      option("watch", OptionType::boolean, "With --watch: hear of changes at once where the system can tell.", true),
      poll_seconds,
  };
  descriptor.examples = {
      "folder: {path: docs}",
      "folder: {path: docs, include: ['*.md', '*.{html,htm}'], exclude: ['drafts/**']}",
      "folder: {path: /srv/share, follow_links: true, poll_seconds: 300, watch: false}",
  };
  return descriptor;
}

Result<std::vector<Glob>> compile_all(const Options& options, std::string_view name) {
  std::vector<Glob> globs;
  for (const std::string& pattern : options.list(name)) {
    globs.push_back(NARU_TRY_AT(Glob::compile(pattern), fmt::format("{}: {}: \"{}\"", options.place.text(), name,
                                                                    pattern)));
  }
  return globs;
}

Result<std::unique_ptr<Source>> make_folder(const Options& options) {
  FolderOptions made;
  const std::string& path = options.text("path");
  if (path.empty()) return Error(Code::invalid_argument, options.place.text() + ": `path` is empty");
  made.path = path.front() == '/' ? path : join_path(options.base_folder, path);
  made.include = NARU_TRY(compile_all(options, "include"));
  made.exclude = NARU_TRY(compile_all(options, "exclude"));
  made.hidden = options.boolean("hidden");
  made.links = options.boolean("follow_links") ? Links::follow : Links::skip;
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  made.watch = options.boolean("watch");
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<FolderSource>(std::move(made)));
}

}  // namespace

void register_folder(Registry& registry) { registry.add_source(describe(), make_folder); }

}  // namespace naru
