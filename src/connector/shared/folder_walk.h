// FolderWalk: which files below a folder are items, by the rules of its options and of its `.naruignore` files.
//
// One walk, one thread; the options are lent.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "connector/shared/folder_access.h"
#include "connector/shared/glob.h"
#include "connector/shared/sorted_items.h"
#include "naru/flow.h"
#include "runtime/folder_handle.h"
#include "runtime/folder_watch.h"

namespace naru {

struct FolderOptions {
  std::string path;               // absolute
  std::vector<Glob> include, exclude;
  bool hidden = false;
  Links links = Links::skip;
  std::uint64_t bytes_max = 0;    // of one file
  bool watch = true;
  std::int64_t poll_ms = 0;
  bool uploads = false;           // whether files may be added
  bool access_lists = false;      // items say who may read them where they lie
};

// A file as the folder lists it.
Item folder_item(std::string key, const FileStamp& stamp);

class FolderWalk {
 public:
  FolderWalk(const FolderOptions& options, FolderWatch* watch, std::stop_token stop)
      : options_(options), watch_(watch), stop_(std::move(stop)),
        access_(options.path, options.links == Links::follow) {}

  // Once. What is watched is what was listed.
  Result<Listing> list();
  // One file by its path, under the same rules, looking only at the folders above it and at no link. not_found.
  Result<Item> find(const std::string& path);
  // Whether list() would keep a file of this path, there or not. not_found: it would not.
  Status check_kept(const std::string& path);

 private:
  struct Rules {
    std::size_t prefix = 0;  // bytes of the path of the folder that the file stands in
    IgnoreRules rules;
  };

  Result<FolderHandle> open_root() const;
  Status walk(const FolderHandle& folder, const std::string& prefix, std::size_t depth);
  Status visit(const FolderHandle& folder, const FolderEntry& found, const std::string& prefix, std::size_t depth);
  Status visit_link(const FolderHandle& folder, const FolderEntry& link, std::string path);
  Status enter(const FolderHandle& folder, const FolderEntry& entry, std::string path, std::size_t depth);
  Status follow(const std::string& path);
  void add(std::string path, const FileStamp& stamp);
  Item item_of(std::string path, const FileStamp& stamp);
  bool is_hidden(const std::string& name) const;
  bool is_left_out(const std::string& path, bool is_folder) const;
  bool read_rules(const FolderHandle& folder, const std::string& prefix);  // true: there are some, they are in force
  Result<std::optional<FileStamp>> descend(const std::string& path);
  void unreadable(const std::string& prefix, const Error& error);
  void reject_name(const std::string& path);

  const FolderOptions& options_;
  FolderWatch* const watch_;  // null: nothing is watched
  const std::stop_token stop_;
  Listing listing_;
  SortedItems items_;
  FolderAccess access_;
  std::vector<Rules> rules_;                                   // of the folders above, outermost first
  std::set<std::pair<std::uint64_t, std::uint64_t>> visited_;  // device and inode of folders
  std::deque<std::string> links_;                              // to folders, not followed yet
};

}  // namespace naru
