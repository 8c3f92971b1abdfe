// A disk for tests: records what the store does to its files, fails what a test says, and makes the files that a power
// cut at any moment may leave.
//
// RecordedDisk sits under SQLite (as its default file system) and in the seam of runtime/files.h. The files are real;
// beside them it keeps the log of every change, so that one run gives the remains of a crash at each of its operations:
// Platter plays the log up to there and says what may be on the disk. What POSIX promises is what counts: bytes are
// durable after a sync of their file, names after a sync of their folder, and nothing else is. One RecordedDisk at a
// time; its calls come from any thread.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/files.h"
#include "runtime/random.h"
#include "store/passed_io.h"

namespace naru::testing {

constexpr int kNothing = -1;  // no file of that name
constexpr int kFolder = -2;

struct DiskChange {
  enum class Kind { write, truncate, sync, lost_sync, names, sync_folder };
  Kind kind;
  int file = kNothing;  // by number: a handle outlives a name
  std::uint64_t at = 0;  // offset, or the size
  std::string bytes;
  std::vector<std::pair<std::string, int>> names;  // path below the root, and the file that it names now
  std::string folder;
  std::string moved_from = {};  // a folder: what it held by then goes with it
  bool exchanged = false;       // ... and comes from there
};

// For people: "write truth.db-wal at 4152, 4096 bytes".
inline std::string described(const std::vector<DiskChange>& log, std::size_t which) {
  static constexpr const char* kKinds[] = {"write", "truncate", "sync", "lost sync", "name", "sync folder"};
  const DiskChange& change = log[which];
  std::string text = kKinds[static_cast<int>(change.kind)];
  for (const auto& [path, number] : change.names) text += " " + path + (number == kNothing ? " (goes)" : "");
  if (change.kind == DiskChange::Kind::sync_folder) return text + " " + change.folder + "/";
  if (change.kind == DiskChange::Kind::names) return text;
  for (std::size_t i = which; i-- > 0;) {
    for (const auto& [path, number] : log[i].names) {
      if (number != change.file) continue;
      const std::string size = std::to_string(change.bytes.size());
      return text + " " + path + " at " + std::to_string(change.at) + ", " + size + " bytes";
    }
  }
  return text;
}

// A folder in memory where there is one: what the disk would keep is the test's to say.
class MemoryFolder {
 public:
  MemoryFolder()
      : path_(join_path(is_folder("/dev/shm") ? "/dev/shm" : ::testing::TempDir(), "naru-crash-" + random_hex(8))) {
    make_folders(path_).value();
  }
  ~MemoryFolder() { (void)remove_tree(path_).has_value(); }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  std::string path(const std::string& name) const { return join_path(path_, name); }

 private:
  const std::string path_;
};

// Files by path below the root; folders end in '/'.
using DiskImage = std::map<std::string, std::string>;

inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

inline DiskImage read_image(const std::string& root, const std::string& below = "") {
  DiskImage image;
  const std::vector<std::string> listed = *list_folder(join_path(root, below));
  for (const std::string& name : listed) {
    const std::string path = below.empty() ? name : below + "/" + name;
    if (!is_folder(join_path(root, path))) {
      image[path] = *read_file(join_path(root, path));
      continue;
    }
    image[path + "/"] = "";
    image.merge(read_image(root, path));
  }
  return image;
}

inline void write_image(const DiskImage& image, const std::string& root) {
  remove_tree(root).value();
  make_folders(root).value();
  for (const auto& [path, bytes] : image) {  // sorted: a folder stands before what is in it
    const std::string full = join_path(root, path);
    if (path.ends_with('/')) make_folders(full).value();
    else write_file(full, bytes).value();
  }
}

// Makes a database what it was before pages had checksums.
inline void take_page_sums_away(const std::string& path) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, nullptr), SQLITE_OK);
  const std::string sql = "VACUUM INTO 'file:" + path + ".old?reserve=0'";
  ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  for (const char* suffix : {"-wal", "-shm"}) ASSERT_TRUE(remove_file(path + suffix));
  ASSERT_TRUE(rename_file(path + ".old", path));
}

// What lies in a folder that was renamed, and in the one that got its name.
inline void move_below(const std::string& from, const std::string& to, bool exchange,
                       std::map<std::string, int>& names) {
  std::map<std::string, int> moved;
  const auto take = [&](const std::string& here, const std::string& there) {
    for (auto at = names.lower_bound(here + "/"); at != names.end() && at->first.starts_with(here + "/");) {
      moved[there + at->first.substr(here.size())] = at->second;
      at = names.erase(at);
    }
  };
  take(from, to);
  if (exchange) take(to, from);
  names.merge(moved);
}

// ---- what may be left ------------------------------------------------------------------------------------------

enum class Damage {
  dropped,    // only what was synced
  kept,       // all that was written, synced or not
  torn,       // of each file and folder the first changes, the last of them broken between sectors
  reordered,  // of each file and folder any of the changes, any of their sectors
  blank,      // files as long as they were, what was not synced zeros or noise
};
constexpr Damage kDamages[] = {Damage::dropped, Damage::kept, Damage::torn, Damage::reordered, Damage::blank};

// What is durable after the changes that were applied, and what is not yet.
class Platter {
 public:
  void apply(const DiskChange& change) {
    using Kind = DiskChange::Kind;
    File& file = files_[change.file];
    switch (change.kind) {
      case Kind::write:
      case Kind::truncate:
        file.pending.push_back(&change);
        break;
      case Kind::sync:
        for (const DiskChange* pending : file.pending) play(*pending, file.durable, nullptr);
        file.pending.clear();
        break;
      case Kind::lost_sync:
        file.pending.clear();
        break;
      case Kind::names:
        for (const auto& [path, number] : change.names) files_[number];
        pending_names_[folder_of(change.names.front().first)].push_back(&change);
        break;
      case Kind::sync_folder:
        for (const DiskChange* pending : pending_names_[change.folder]) rename(*pending, names_);
        pending_names_[change.folder].clear();
        break;
    }
  }

  DiskImage crash(Damage damage, Random& random) const {
    std::map<std::string, int> names = names_;
    for (const auto& [folder, changes] : pending_names_) {
      const std::size_t first = random.below(changes.size() + 1);  // those before it are there
      for (std::size_t i = 0; i < changes.size(); ++i) {
        const bool there = damage == Damage::kept || (damage == Damage::reordered && random.below(2) == 0) ||
                           ((damage == Damage::torn || damage == Damage::blank) && i < first);
        if (there) rename(*changes[i], names);
      }
    }
    DiskImage image;
    for (const auto& [path, number] : names) {
      if (number == kNothing || !is_reachable(path, names)) continue;
      if (number == kFolder) image[path + "/"];
      else image[path] = left_of(files_.at(number), damage, random);
    }
    return image;
  }

 private:
  static constexpr std::size_t kSector = 512;  // what a disk writes as a whole; SQLite counts on no more

  struct File {
    std::string durable;
    std::vector<const DiskChange*> pending;
  };

  // `random`: only some sectors reach the disk.
  static void play(const DiskChange& change, std::string& bytes, Random* random) {
    if (change.kind == DiskChange::Kind::truncate) {
      bytes.resize(change.at);
      return;
    }
    for (std::size_t at = 0; at < change.bytes.size();) {
      const std::size_t count = std::min(kSector - (change.at + at) % kSector, change.bytes.size() - at);
      if (random == nullptr || random->below(2) == 0) {
        if (bytes.size() < change.at + at + count) bytes.resize(change.at + at + count);
        bytes.replace(change.at + at, count, change.bytes, at, count);
      }
      at += count;
    }
  }

  static void rename(const DiskChange& change, std::map<std::string, int>& names) {
    for (const auto& [path, number] : change.names) names[path] = number;
    if (!change.moved_from.empty()) move_below(change.moved_from, change.names.front().first, change.exchanged, names);
  }

  static bool is_reachable(const std::string& path, const std::map<std::string, int>& names) {
    for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
      const auto found = names.find(folder);
      if (found == names.end() || found->second != kFolder) return false;
    }
    return true;
  }

  static std::string left_of(const File& file, Damage damage, Random& random) {
    std::string bytes = file.durable;
    const std::size_t last = random.below(file.pending.size() + 1);
    for (std::size_t i = 0; i < file.pending.size(); ++i) {
      if (damage == Damage::kept || (damage == Damage::torn && i < last)) play(*file.pending[i], bytes, nullptr);
      if (damage == Damage::torn && i == last) play(*file.pending[i], bytes, &random);
      if (damage == Damage::reordered && random.below(2) == 0) {
        play(*file.pending[i], bytes, random.below(2) == 0 ? &random : nullptr);
      }
    }
    if (damage != Damage::blank) return bytes;
    std::string all = bytes;
    for (const DiskChange* change : file.pending) play(*change, all, nullptr);
    const bool noise = random.below(2) == 0;
    while (bytes.size() < all.size()) bytes += noise ? static_cast<char>(random.below(256)) : '\0';
    return bytes;
  }

  std::map<int, File> files_;
  std::map<std::string, int> names_;                                        // durable
  std::map<std::string, std::vector<const DiskChange*>> pending_names_;     // by folder
};

// ---- what happens ----------------------------------------------------------------------------------------------

class RecordedDisk {
 public:
  // What becomes of an operation on a path below the root. kind as in FileOperation; SQLite's are called the same.
  // fails: half of a write is done, a sync drops what it should have kept. dead: as after a kill, nothing happens.
  enum class Fate { happens, fails, dead };
  using Decide = std::function<Fate(std::string_view kind, const std::string& path)>;

  RecordedDisk() {
    current() = this;
    original_ = sqlite3_vfs_find(nullptr);
    vfs_ = *original_;
    vfs_.zName = "recorded";
    vfs_.pAppData = original_;
    vfs_.szOsFile = static_cast<int>(sizeof(Handle)) + original_->szOsFile;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    sqlite3_vfs_register(&vfs_, 1);
    set_file_faults([this](const FileOperation& operation) { return see(operation); });
  }
  ~RecordedDisk() {
    set_file_faults({});
    sqlite3_vfs_register(original_, 1);
    sqlite3_vfs_unregister(&vfs_);
    current() = nullptr;
  }
  RecordedDisk(const RecordedDisk&) = delete;
  RecordedDisk& operator=(const RecordedDisk&) = delete;

  // From here on, what happens below `root` is recorded. What is there already is durable.
  void record(const std::string& root) {
    set_file_faults({});
    const DiskImage image = is_folder(root) ? read_image(root) : DiskImage{};
    set_file_faults([this](const FileOperation& operation) { return see(operation); });
    const std::lock_guard lock(mutex_);
    root_ = root;
    names_.clear();
    log_.clear();
    for (const auto& [path, bytes] : image) {
      if (path.ends_with('/')) {
        name({{path.substr(0, path.size() - 1), kFolder}});
        continue;
      }
      const int number = create(path);
      log_.push_back({DiskChange::Kind::write, number, 0, bytes, {}, {}});
      log_.push_back({DiskChange::Kind::sync, number, 0, {}, {}, {}});
      sizes_[number] = bytes.size();
    }
    std::set<std::string> folders = {""};
    for (const auto& [path, bytes] : image) folders.insert(folder_of(path));
    for (const std::string& folder : folders) log_.push_back({DiskChange::Kind::sync_folder, 0, 0, {}, {}, folder});
    first_ = log_.size();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    root_.clear();
  }
  void decide(Decide decide) {
    const std::lock_guard lock(mutex_);
    decide_ = std::move(decide);
  }

  std::size_t first() const { return first_; }  // the changes before it made what was there
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return log_.size();
  }
  std::vector<DiskChange> take_log() {
    stop();
    return std::move(log_);
  }

 private:
  // A file of SQLite; the real file's object lies behind it.
  struct Handle {
    sqlite3_file base;
    int number;
    bool names_its_folder;  // a log or journal: as in SQLite's own, its first sync is one of its folder too
    std::string* path;      // below the root; null: none of ours
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
  static RecordedDisk*& current() {
    static RecordedDisk* disk = nullptr;
    return disk;
  }

  bool ours(const std::string& path, std::string& below) const {
    if (root_.empty() || !path.starts_with(root_)) return false;
    if (path.size() > root_.size() && path[root_.size()] != '/') return false;
    below = path.size() <= root_.size() + 1 ? "" : path.substr(root_.size() + 1);
    return below != "writer.lock";
  }
  Fate fate(std::string_view kind, const std::string& path) const {
    return decide_ ? decide_(kind, path) : Fate::happens;
  }

  // The caller of what follows holds the mutex.
  void name(std::vector<std::pair<std::string, int>> names) {
    for (const auto& [path, number] : names) names_[path] = number;
    log_.push_back({DiskChange::Kind::names, 0, 0, {}, std::move(names), {}});
  }
  int create(const std::string& path) {
    name({{path, ++last_number_}});
    return last_number_;
  }
  int number_of(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? kNothing : found->second;
  }
  void write(int number, std::uint64_t at, std::string_view bytes) {
    log_.push_back({DiskChange::Kind::write, number, at, std::string(bytes), {}, {}});
    sizes_[number] = std::max(sizes_[number], at + bytes.size());
  }
  void sync_one(int number, Fate decided) {
    if (decided == Fate::dead) return;
    const auto kind = decided == Fate::fails ? DiskChange::Kind::lost_sync : DiskChange::Kind::sync;
    log_.push_back({kind, number, 0, {}, {}, {}});
  }
  void truncate(int number, std::uint64_t size) {
    log_.push_back({DiskChange::Kind::truncate, number, size, {}, {}, {}});
    sizes_[number] = size;
  }

  Status see(const FileOperation& operation) {
    const std::lock_guard lock(mutex_);
    std::string path, from;
    if (!ours(operation.path, path)) return {};
    if (operation.kind == "sync") {
      const bool folder = path.empty() || number_of(path) == kFolder;
      const Fate decided = fate("sync", path);
      if (!folder) sync_one(number_of(path), decided);
      else if (decided == Fate::happens) log_.push_back({DiskChange::Kind::sync_folder, 0, 0, {}, {}, path});
      return decided != Fate::happens ? Status(errno_error("syncing " + operation.path, EIO)) : Status{};
    }
    if (fate(operation.kind, path) != Fate::happens) {
      return errno_error(std::string(operation.kind) + " " + operation.path, operation.kind == "open" ? EIO : ENOSPC);
    }
    if (operation.kind == "write" || operation.kind == "append") {
      const int known = number_of(path);
      const int number = known == kNothing ? create(path) : known;
      if (operation.kind == "write") truncate(number, 0);
      write(number, sizes_[number], operation.bytes);
    } else if (operation.kind == "renew") {
      write(number_of(path), operation.size, operation.bytes);
    } else if (operation.kind == "truncate") {
      truncate(number_of(path), operation.size);
    } else if (operation.kind == "rename" && ours(std::string(operation.from), from)) {
      const bool folder = number_of(from) == kFolder;
      name({{path, number_of(from)}, {from, kNothing}});
      if (folder) {
        log_.back().moved_from = from;
        move_below(from, path, false, names_);
      }
    } else if (operation.kind == "exchange" && ours(std::string(operation.from), from)) {
      name({{path, number_of(from)}, {from, number_of(path)}});
      log_.back().moved_from = from;
      log_.back().exchanged = true;
      move_below(from, path, true, names_);
    } else if (operation.kind == "link" && ours(std::string(operation.from), from)) {
      name({{path, number_of(from)}});
    } else if (operation.kind == "remove" && number_of(path) != kNothing) {
      name({{path, kNothing}});
    } else if (operation.kind == "make_folder" && !path.empty() && number_of(path) == kNothing) {
      name({{path, kFolder}});
    }
    return {};
  }

  // ---- under SQLite ----

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const original = static_cast<sqlite3_vfs*>(vfs->pAppData);
    RecordedDisk& disk = *current();
    Handle& made = handle(file);
    made = {{nullptr}, kNothing, false, nullptr};
    std::string path;
    {
      const std::lock_guard lock(disk.mutex_);
      if (name != nullptr && disk.ours(name, path)) {
        if (disk.fate("open", path) != Fate::happens) return SQLITE_CANTOPEN;
        made.path = new std::string(path);
      }
    }
    const int code = original->xOpen(original, name, made.real(), flags, out_flags);
    if (made.real()->pMethods == nullptr) {
      delete made.path;
      return code;
    }
    made.base.pMethods = &methods();
    if (made.path == nullptr || code != SQLITE_OK) return code;
    const std::lock_guard lock(disk.mutex_);
    const bool is_new = disk.number_of(path) == kNothing;
    made.number = is_new ? disk.create(path) : disk.number_of(path);
    made.names_its_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    return code;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto* const original = static_cast<sqlite3_vfs*>(vfs->pAppData);
    RecordedDisk& disk = *current();
    std::string path;
    const std::lock_guard lock(disk.mutex_);
    const bool ours = disk.ours(name, path);
    if (ours && disk.fate("remove", path) != Fate::happens) return SQLITE_IOERR_DELETE;
    if (ours && disk.number_of(path) != kNothing) {
      disk.name({{path, kNothing}});
      if (sync_folder != 0) disk.log_.push_back({DiskChange::Kind::sync_folder, 0, 0, {}, {}, folder_of(path)});
    }
    return original->xDelete(original, name, 0);
  }

  static int close(sqlite3_file* file) {
    Handle& closed = handle(file);
    delete closed.path;
    return closed.real()->pMethods->xClose(closed.real());
  }

  static int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 at) {
    Handle& to = handle(file);
    RecordedDisk& disk = *current();
    if (to.path == nullptr) return to.real()->pMethods->xWrite(to.real(), data, count, at);
    const std::lock_guard lock(disk.mutex_);
    const Fate decided = disk.fate("write", *to.path);
    if (decided == Fate::dead) return SQLITE_IOERR_WRITE;
    if (decided == Fate::fails) count /= 2;  // a disk that becomes full takes the first part
    const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(count));
    disk.write(to.number, static_cast<std::uint64_t>(at), bytes);
    const int code = to.real()->pMethods->xWrite(to.real(), data, count, at);
    return decided == Fate::fails ? SQLITE_FULL : code;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& to = handle(file);
    RecordedDisk& disk = *current();
    if (to.path != nullptr) {
      const std::lock_guard lock(disk.mutex_);
      if (disk.fate("truncate", *to.path) != Fate::happens) return SQLITE_IOERR_TRUNCATE;
      disk.truncate(to.number, static_cast<std::uint64_t>(size));
    }
    return to.real()->pMethods->xTruncate(to.real(), size);
  }

  static int sync(sqlite3_file* file, int) {
    Handle& to = handle(file);
    if (to.path == nullptr) return SQLITE_OK;
    RecordedDisk& disk = *current();
    const std::lock_guard lock(disk.mutex_);
    const Fate decided = disk.fate("sync", *to.path);
    disk.sync_one(to.number, decided);
    if (decided != Fate::happens) return SQLITE_IOERR_FSYNC;
    if (to.names_its_folder) disk.log_.push_back({DiskChange::Kind::sync_folder, 0, 0, {}, {}, folder_of(*to.path)});
    to.names_its_folder = false;
    return SQLITE_OK;
  }

  static sqlite3_file* below(sqlite3_file* file) { return handle(file).real(); }

  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods made = [] {
      sqlite3_io_methods ours = PassedIo<below>::methods();
      ours.xClose = close;
      ours.xWrite = write;
      ours.xTruncate = truncate;
      ours.xSync = sync;
      return ours;
    }();
    return made;
  }

  sqlite3_vfs* original_ = nullptr;
  sqlite3_vfs vfs_{};
  mutable std::mutex mutex_;  // protects what follows
  std::string root_;
  Decide decide_;
  std::map<std::string, int> names_;  // as they are seen now
  std::map<int, std::uint64_t> sizes_;
  int last_number_ = 0;
  std::size_t first_ = 0;
  std::vector<DiskChange> log_;
};

}  // namespace naru::testing
