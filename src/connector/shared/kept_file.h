// KeptFile: a file of records that is kept equal to a set of items, whatever kills the program between.
//
//   OUT              a head, then the records of all items in the order of their keys: what people read
//   OUT.naru/        what the flow knows: manifest.json, items-G (the cursor of each item), journal-G, lock
//
// A change is appended to the journal and synced, cursor and records in one frame. publish() writes the next generation
// beside the present one, then the manifest that names it, then moves it into OUT's place: a reader sees the old file
// or the new one. A kill at any moment leaves a manifest that names what is whole; open() drops a torn frame and ends a
// move that was begun. So the bytes of OUT are a function of the items alone, not of the runs that made them.
//
// One thread. docs/format/kept-file.md has the formats.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "naru/target.h"
#include "runtime/files.h"

namespace naru {

class KeptFile {
 public:
  // `flow` is who keeps it: a file has one keeper. `head` is text: the names of columns, or nothing.
  KeptFile(std::string path, std::string flow, std::string head = "")
      : path_(std::move(path)), folder_(path_ + ".naru"), flow_(std::move(flow)), head_(std::move(head)) {}

  // To write. timeout: another process does. already_exists: OUT is somebody else's, or was changed by somebody
  // else. An OUT that is gone is begun anew.
  Status open();
  // Beside a writer, if need be: what was committed last.
  Status open_to_read();

  SpilledList<KnownItem> known_items() const;

  // What an item is now: its records as they will stand in the file, and how many; or, with a code, that it has none.
  struct Change {
    KnownItem known;
    bool removed = false;   // there is no such item any more; only known.key counts
    bool moved = false;     // only fingerprint and order are new
    std::uint64_t records = 0;
    std::string bytes;
  };
  struct Counts {
    std::uint64_t added = 0, removed = 0;  // records, of items that changed
  };
  // Durable when it returns.
  Result<Counts> apply(std::vector<Change> changes);

  // OUT says what the items are.
  Status publish();

  // After publish(): the items that have records, in the order of their keys, and where these stand in OUT, one after
  // the other. `key` lives as long as the call.
  struct Records {
    std::string_view key;
    std::uint64_t offset = 0, size = 0, count = 0;
    Id128 hash;  // of the bytes
  };
  void each_in_order(const std::function<void(const Records& records)>& take) const;

  const std::string& path() const { return path_; }
  std::uint64_t generation() const { return manifest_.generation; }

 private:
  enum class Place : std::uint8_t { data, journal };
  // What items of one run have in common.
  struct Origin {
    Id128 pipeline, label_hash;
    auto operator<=>(const Origin&) const = default;
  };
  using Refusal = std::pair<std::string, std::string>;  // code and message, the same for many that a step leaves out
  // A KnownItem in half its size: a corpus has millions. Its key is that of the map.
  struct Entry {
    std::string_view fingerprint;  // in fingerprints_
    Sha256 version;
    std::uint64_t version_order = 0;
    const Origin* origin = nullptr;    // of origins_
    const Refusal* refusal = nullptr;  // of refusals_; null: it has a document
    std::uint64_t records = 0, size = 0, offset = 0;
    Place place = Place::data;
    Id128 hash;  // of its bytes
  };
  struct Manifest {
    std::uint64_t generation = 0;
    bool has_data = false;  // OUT was written
    std::uint64_t bytes = 0, inode = 0;
    std::int64_t mtime_ns = 0;
    std::string head = {};
  };

  Status load();
  Status read_manifest();
  Status write_manifest(const Manifest& manifest) const;
  Status read_items();
  Status read_journal();
  Status end_move();
  Result<bool> is_ours() const;
  Status begin_anew();
  Status remove_leftovers() const;
  void take(Change change, std::uint64_t journal_offset);
  void set_known(Entry& entry, KnownItem known);
  std::string_view kept(std::string_view fingerprint);
  static KnownItem known_of(const std::string& key, const Entry& entry);
  Status copy_records(const std::string& to) const;
  std::string packed_items() const;
  std::string in_folder(std::string_view name) const;
  std::string journal() const { return in_folder("journal-" + std::to_string(manifest_.generation)); }

  const std::string path_, folder_, flow_, head_;
  std::unique_ptr<FileLock> lock_;  // null: to read
  Manifest manifest_;
  // What lives as long as the corpus stands apart from what lives as long as a row, or the heap is full of holes.
  std::pmr::unsynchronized_pool_resource nodes_;
  std::pmr::monotonic_buffer_resource fingerprints_;
  std::pmr::map<std::string, Entry, std::less<>> entries_{&nodes_};  // by key
  std::set<Origin> origins_;
  std::set<Refusal> refusals_;
  std::uint64_t journal_bytes_ = 0;                    // that are whole
};

}  // namespace naru
