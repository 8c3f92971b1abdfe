// folder: the files below a folder, recursively.
//
// An item is a regular file, named by its path below the folder with '/', in the bytes that are on disk (a decomposed
// Hangul name stays decomposed). Links are not followed unless asked for, pipes, sockets and devices are never opened,
// hidden names are left out. A change is a new modification time, size, inode or change time; nothing is read to see
// that. A file that changed so lately that a further change could go unseen is looked at again by the next run. Missing
// files are deletions, except below a subfolder that could not be read. `.naruignore` files work as .gitignore does.
#include <fmt/format.h>

#include <map>

#include "connector/shared/connector_options.h"
#include "connector/shared/folder_walk.h"
#include "connector/shared/folders_of.h"
#include "connector/shared/upload_path.h"
#include "naru/registry.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/folder_watch.h"

namespace naru {

namespace {

// Times of a local file system advance with the kernel's tick (10 ms at the slowest); 50 ms leaves room. Whole seconds
// tell of a file system that counts in one or two of them.
constexpr std::int64_t kTickNs = 50'000'000, kCoarseTickNs = 2'100'000'000, kSecondNs = 1'000'000'000;
// After a first sign of change: quiet for so long, or so long altogether, then look.
constexpr std::int64_t kQuietMs = 200, kGatherMsMax = 2'000;

// Whether the file could change again without a trace in its stamp.
bool is_too_fresh(const FileStamp& stamp, std::int64_t now_ns) {
  const bool coarse = stamp.ctime_ns % kSecondNs == 0;
  const std::int64_t tick = coarse ? kCoarseTickNs : kTickNs;
  const auto near = [&](std::int64_t time) { return time > now_ns - tick && time < now_ns + tick; };
  return near(stamp.ctime_ns) || (coarse && near(stamp.mtime_ns));
}

class FolderSource : public Source {
 public:
  explicit FolderSource(FolderOptions options) : options_(std::move(options)) {}

  Result<Listing> poll(std::stop_token stop) override {
    account_names_ = account_names();
    return FolderWalk(options_, watch_.get(), stop).list();
  }

  Result<ItemContent> read(const Item& item, std::stop_token stop) override {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped before reading");
    const FolderHandle root = NARU_TRY(FolderHandle::open(options_.path));
    StampedBytes read = NARU_TRY(root.read(item.key, options_.bytes_max, options_.links));
    ItemContent content{std::move(read.bytes), folder_item(item.key, read.stamp)};
    if (options_.access_lists) {
      FolderAccess access(options_.path, options_.links == Links::follow, account_names_);
      content.item.access = access.of(item.key);
    }
    if (is_too_fresh(read.stamp, system_clock().unix_ms() * 1'000'000)) content.item.fingerprint.clear();
    return content;
  }

  Result<Item> find(const std::string& key, std::stop_token stop) override {
    if (options_.links == Links::follow) return Source::find(key, std::move(stop));  // it may stand behind a link
    return FolderWalk(options_, nullptr, std::move(stop)).find(key);
  }

  std::vector<Finding> check(std::stop_token) override {
    const Result<FolderHandle> root = FolderHandle::open(options_.path);
    const Status listed = root ? Status() : root.error();
    const Result<std::vector<std::string>> names = list_folder(options_.path);
    if (!is_folder(options_.path)) return {{"folder", Verdict::missing, options_.path + " is not there, or no folder"}};
    if (!listed) return {{"folder", Verdict::missing, listed.error().describe()}};
    if (!names) return {{"folder", Verdict::missing, names.error().describe()}};
    std::vector<Finding> findings = {{"folder", Verdict::good, options_.path + " can be read"}};
    if (options_.uploads && may_write_in(options_.path)) {
      findings.push_back({"rights", Verdict::good, "files may be added"});
    } else if (options_.uploads) {
      findings.push_back({"rights", Verdict::missing, "`uploads` is set, and this user may not write here"});
    } else {
      findings.push_back({"rights", Verdict::good, "reads, and never writes"});
    }
    if (options_.watch && !FolderWatch::hears(options_.path)) {
      findings.push_back({"changes", Verdict::weaker,
                          fmt::format("it is on another machine, which tells of none: with --watch it is looked at "
                                      "every {} s (poll_seconds)", options_.poll_ms / 1000)});
    }
    return findings;
  }

  Result<Discovery> discover(std::stop_token stop) override { return folders_of(NARU_TRY(poll(std::move(stop)))); }

  bool takes_items() const override { return options_.uploads; }

  Result<Item> add(const std::string& key, std::string_view bytes, Overwrite overwrite) override {
    if (!options_.uploads) {
      return Error(Code::not_allowed, "this folder takes no files: `uploads: true` beside its `path` lets them in");
    }
    if (bytes.size() > options_.bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("the file has {} bytes, more than max_bytes ({})", bytes.size(),
                                                     options_.bytes_max));
    }
    const std::string wanted = NARU_TRY(checked_upload_path(key));
    const FolderHandle root = NARU_TRY(FolderHandle::open(options_.path));
    const std::string path = NARU_TRY(path_on_disk(root, wanted));
    if (const Status kept = FolderWalk(options_, nullptr, {}).check_kept(path); !kept) {
      if (kept.error().code() != Code::not_found) return kept.error();
      return Error(Code::invalid_argument,
                   path + ": this folder leaves out files of that name (include, exclude, .naruignore)");
    }
    NARU_TRY(root.write(path, bytes, overwrite == Overwrite::replace ? IfThere::replace : IfThere::refuse));
    return FolderWalk(options_, nullptr, {}).find(path);
  }

  Status wait_for_change(std::stop_token stop) override {
    if (!options_.watch || !FolderWatch::hears(options_.path)) {
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
  AccountName account_names_ = account_names();  // as of the last look
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
      option("access_lists", OptionType::boolean,
             "Only who may read a file where it lies may find it here: by its access list (POSIX, NFSv4) or mode and "
             "those of the folders above it, among whom `access` lets in. In doubt nobody is let in.", false),
      option("uploads", OptionType::boolean, "Whoever owns the store may add files here from the page of `naru serve`.",
             false),
  };
  descriptor.examples = {
      "folder: {path: docs}",
      "folder: {path: docs, include: ['*.md', '*.{html,htm}'], exclude: ['drafts/**']}",
      "folder: {path: inbox, uploads: true}",
      "folder: {path: /mnt/share, access_lists: true}",
      "folder: {path: /srv/share, follow_links: true, poll_seconds: 300, watch: false}",
  };
  return descriptor;
}

Result<std::unique_ptr<Source>> make_folder(const Options& options) {
  FolderOptions made;
  const std::string& path = options.text("path");
  if (path.empty()) return Error(Code::invalid_argument, options.place.text() + ": `path` is empty");
  made.path = path.front() == '/' ? path : join_path(options.base_folder, path);
  made.include = NARU_TRY(globs_of(options, "include"));
  made.exclude = NARU_TRY(globs_of(options, "exclude"));
  made.hidden = options.boolean("hidden");
  made.links = options.boolean("follow_links") ? Links::follow : Links::skip;
  made.bytes_max = static_cast<std::uint64_t>(options.integer("max_bytes"));
  made.watch = options.boolean("watch");
  made.uploads = options.boolean("uploads");
  made.access_lists = options.has("access_lists") && options.boolean("access_lists");
  made.poll_ms = options.integer("poll_seconds") * 1000;
  return std::unique_ptr<Source>(std::make_unique<FolderSource>(std::move(made)));
}

}  // namespace

void register_folder(Registry& registry) { registry.add_source(describe(), make_folder); }

}  // namespace naru
