#include "connector/shared/kept_file.h"

#include <fmt/format.h>

#include <tuple>

#include "base/json.h"
#include "base/little_endian.h"
#include "flow/known_item.h"
#include "record/codec.h"
#include "runtime/compress.h"
#include "runtime/failpoint.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

constexpr std::uint64_t kFormat = 1;
// Copied at once from one file to another.
constexpr std::size_t kCopyBytes = 4U << 20;
// Items are about 100 bytes each, packed to half: more than a machine could list.
constexpr std::uint64_t kItemsBytesMax = 16ULL << 30;
constexpr std::uint64_t kItemsMax = 1ULL << 32;
// A change set is 4 MiB and its last item; a longer frame is damage.
constexpr std::uint64_t kFrameBytesMax = 2ULL << 30;
constexpr std::size_t kFrameHead = 8 + 16;  // length, then the hash of what follows
constexpr int kCompression = 3;
constexpr std::size_t kItemsHead = 16;  // the hash of what follows
constexpr std::size_t kPackBytes = 1U << 20;
constexpr std::uint64_t kAny = UINT64_MAX;

enum class Kind : std::uint8_t { put, removed, moved, last = moved };

std::string framed(std::string_view payload) {
  std::string frame;
  put_le(frame, std::uint64_t{payload.size()});
  frame += hash128(payload).bytes();
  frame += payload;
  return frame;
}

// Changes as a frame has them; where the records of each begin in it is told beside.
std::string encode_changes(const std::vector<KeptFile::Change>& changes, std::vector<std::uint64_t>& offsets) {
  ByteWriter writer;
  writer.number(changes.size());
  for (const KeptFile::Change& change : changes) {
    const Kind kind = change.removed ? Kind::removed : change.moved ? Kind::moved : Kind::put;
    writer.number(static_cast<std::uint64_t>(kind));
    write_known(writer, change.known);
    writer.number(change.records);
    writer.text(change.bytes);
    offsets.push_back(writer.bytes().size() - change.bytes.size());
  }
  return writer.take();
}

Result<std::vector<KeptFile::Change>> decode_changes(std::string_view bytes, std::vector<std::uint64_t>& offsets) {
  ByteReader reader(bytes);
  std::vector<KeptFile::Change> changes;
  for (std::uint64_t left = NARU_TRY(reader.number(kItemsMax)); left > 0; --left) {
    KeptFile::Change change;
    const auto kind = static_cast<Kind>(NARU_TRY(reader.number(static_cast<std::uint64_t>(Kind::last))));
    change.removed = kind == Kind::removed;
    change.moved = kind == Kind::moved;
    change.known = NARU_TRY(read_known(reader));
    change.records = NARU_TRY(reader.number(kAny));
    change.bytes = NARU_TRY(reader.raw());
    offsets.push_back(bytes.size() - reader.left() - change.bytes.size());
    changes.push_back(std::move(change));
  }
  return changes;
}

Error damaged(const std::string& path) {
  return {Code::corrupt, fmt::format("{} is damaged: remove its folder and the file beside it, and the next run writes "
                                     "both anew", path)};
}

}  // namespace

std::string KeptFile::in_folder(std::string_view name) const { return join_path(folder_, name); }

// ---- opening --------------------------------------------------------------------------------------------------

Status KeptFile::open() {
  if (!lock_) {
    if (!is_folder(folder_) && file_exists(path_)) {
      return Error(Code::already_exists, fmt::format("{} is there, and this flow did not write it: move it away, or "
                                                     "name another file", path_));
    }
    NARU_TRY(make_folders(folder_));
    Result<std::unique_ptr<FileLock>> lock = FileLock::acquire(in_folder("lock"));
    if (!lock) return std::move(lock).error().with(path_);
    lock_ = std::move(*lock);
  }
  NARU_TRY(load());
  NARU_TRY(end_move());
  if (manifest_.has_data && !file_exists(path_)) return begin_anew();
  if (file_exists(path_) && !NARU_TRY(is_ours())) {
    return Error(Code::already_exists, fmt::format("{} was changed by somebody else since the flow {} wrote it: move "
                                                   "it away, and the next run writes it anew", path_, flow_));
  }
  if (file_exists(journal()) && NARU_TRY(file_size(journal())) > journal_bytes_) {
    NARU_TRY(truncate_file(journal(), journal_bytes_));  // a frame that was torn
  }
  return remove_leftovers();
}

Status KeptFile::open_to_read() { return lock_ ? Status() : load(); }

Status KeptFile::load() {
  entries_.clear();
  fingerprints_.release();
  refusals_.clear();
  manifest_ = {};
  journal_bytes_ = 0;
  if (!file_exists(in_folder("manifest.json"))) {
    // Only a first run that has not come to its end has a journal and no manifest.
    return read_journal();
  }
  NARU_TRY(read_manifest());
  NARU_TRY(read_items());
  return read_journal();
}

Status KeptFile::read_manifest() {
  const std::string path = in_folder("manifest.json");
  const Json json = NARU_TRY_AT(parse_json(NARU_TRY(read_file(path))), path);
  const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
  };
  if (number("format") != kFormat) return Error(Code::unsupported, path + " was written by another naru");
  const auto generation = number("generation"), bytes = number("bytes"), inode = number("inode");
  const auto mtime_ns = number("mtime_ns");
  if (!generation || !bytes || !inode || !mtime_ns) return damaged(path);
  if (text_at(json, "flow") != flow_) {
    return Error(Code::already_exists, fmt::format("{} is kept by the flow {}: give this one another file", path_,
                                                   text_at(json, "flow")));
  }
  manifest_ = {*generation, true, *bytes, *inode, static_cast<std::int64_t>(*mtime_ns), text_at(json, "head")};
  return {};
}

Status KeptFile::write_manifest(const Manifest& manifest) const {
  Json json = {{"format", kFormat},
                     {"flow", flow_},
                     {"generation", manifest.generation},
                     {"bytes", manifest.bytes},
                     {"inode", manifest.inode},
                     {"mtime_ns", static_cast<std::uint64_t>(manifest.mtime_ns)}};
  if (!manifest.head.empty()) json["head"] = manifest.head;
  return write_file_durable(in_folder("manifest.json"), to_line(json) + "\n");
}

Status KeptFile::read_items() {
  const std::string path = in_folder("items-" + std::to_string(manifest_.generation));
  const std::string file = NARU_TRY(read_file(path));
  const std::string_view packed = std::string_view(file).substr(std::min(kItemsHead, file.size()));
  if (file.size() < kItemsHead || hash128(packed).bytes() != file.substr(0, kItemsHead)) return damaged(path);
  const std::string bytes = NARU_TRY(zstd_decompress(packed, kItemsBytesMax));
  ByteReader reader(bytes);
  std::uint64_t offset = manifest_.head.size();
  while (!reader.empty()) {
    Entry entry;
    KnownItem known = NARU_TRY_AT(read_known(reader), path);
    std::string key = known.key;
    set_known(entry, std::move(known));
    entry.records = NARU_TRY(reader.number(kAny));
    entry.size = NARU_TRY(reader.number(kAny));
    entry.hash = Id128::from_bytes(NARU_TRY(bytes_of(reader, 16)));
    entry.offset = offset;
    offset += entry.size;
    entries_.emplace_hint(entries_.end(), std::move(key), std::move(entry));
  }
  return offset == manifest_.bytes ? Status() : damaged(path);
}

// Frame by frame up to the first that is not whole: it was never said to be durable.
Status KeptFile::read_journal() {
  if (!file_exists(journal())) return {};
  const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(journal()));
  for (;;) {
    const std::string head = NARU_TRY(file.read_at(journal_bytes_, kFrameHead));
    if (head.size() < kFrameHead) return {};
    const auto size = BoundedReader(head).number<std::uint64_t>();
    if (size > kFrameBytesMax) return {};
    const std::string payload = NARU_TRY(file.read_at(journal_bytes_ + kFrameHead, size));
    if (payload.size() < size || hash128(payload).bytes() != head.substr(8)) return {};
    std::vector<std::uint64_t> offsets;
    std::vector<Change> changes = NARU_TRY_AT(decode_changes(payload, offsets), journal());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      take(std::move(changes[i]), journal_bytes_ + kFrameHead + offsets[i]);
    }
    journal_bytes_ += kFrameHead + size;
  }
}

// The manifest names a generation that has not been moved to its place yet.
Status KeptFile::end_move() {
  const std::string next = in_folder("data-" + std::to_string(manifest_.generation));
  if (!manifest_.has_data || !file_exists(next)) return {};
  NARU_TRY(rename_file(next, path_));
  return sync_folder(folder_name(path_));
}

// By its stamp; where that is another, as after a copy of the folder, by its bytes.
Result<bool> KeptFile::is_ours() const {
  if (!manifest_.has_data) return false;
  const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(path_));
  const FileStamp stamp = NARU_TRY(file.stamp());
  if (stamp.size != manifest_.bytes) return false;
  if (stamp.inode == manifest_.inode && stamp.mtime_ns == manifest_.mtime_ns) return true;
  KeptFile published(path_, flow_);  // without the journal, whose records stand elsewhere
  published.manifest_ = manifest_;
  NARU_TRY(published.read_items());
  std::string head(manifest_.head.size(), '\0');
  NARU_TRY(file.read(0, head));
  if (head != manifest_.head) return false;
  for (const auto& [key, entry] : published.entries_) {
    std::string bytes(entry.size, '\0');
    NARU_TRY(file.read(entry.offset, bytes));
    if (hash128(bytes) != entry.hash) return false;
  }
  return true;
}

Status KeptFile::begin_anew() {
  NARU_TRY(remove_file(in_folder("manifest.json")));
  for (const std::string& name : NARU_TRY(list_folder(folder_))) {
    if (name != "lock") NARU_TRY(remove_file(in_folder(name)));
  }
  return load();
}

// Of generations before, or of one that was never named.
Status KeptFile::remove_leftovers() const {
  const std::string generation = "-" + std::to_string(manifest_.generation);
  for (const std::string& name : NARU_TRY(list_folder(folder_))) {
    const bool named = name == "lock" || name == "manifest.json" || name == "journal" + generation ||
                       (manifest_.has_data && name == "items" + generation);
    if (!named) NARU_TRY(remove_file(in_folder(name)));
  }
  return {};
}

// ---- changes --------------------------------------------------------------------------------------------------

SpilledList<KnownItem> KeptFile::known_items() const {
  SpilledList<KnownItem> items;
  for (const auto& [key, entry] : entries_) items.add(known_of(key, entry));
  return items;
}

// Those that an item had before are let go of by load().
std::string_view KeptFile::kept(std::string_view fingerprint) {
  char* const room = static_cast<char*>(fingerprints_.allocate(fingerprint.size(), 1));
  return {room, fingerprint.copy(room, fingerprint.size())};
}

void KeptFile::set_known(Entry& entry, KnownItem known) {
  entry.fingerprint = kept(known.fingerprint);
  entry.version = known.version;
  entry.version_order = known.version_order;
  entry.origin = &*origins_.insert({known.pipeline, known.label_hash}).first;
  entry.refusal = nullptr;
  if (known.reject_code.empty()) return;
  entry.refusal = &*refusals_.emplace(std::move(known.reject_code), std::move(known.reject_message)).first;
}

KnownItem KeptFile::known_of(const std::string& key, const Entry& entry) {
  KnownItem known{key, std::string(entry.fingerprint), entry.version, entry.version_order, entry.origin->pipeline,
                  entry.origin->label_hash, "", ""};
  if (entry.refusal != nullptr) std::tie(known.reject_code, known.reject_message) = *entry.refusal;
  return known;
}

void KeptFile::take(Change change, std::uint64_t journal_offset) {
  if (change.removed) {
    entries_.erase(change.known.key);
    return;
  }
  Entry& entry = entries_[change.known.key];
  if (change.moved) {
    entry.fingerprint = kept(change.known.fingerprint);
    entry.version_order = change.known.version_order;
    return;
  }
  set_known(entry, std::move(change.known));
  entry.records = change.records;
  entry.size = change.bytes.size();
  entry.offset = journal_offset;
  entry.place = Place::journal;
  entry.hash = hash128(change.bytes);
}

Result<KeptFile::Counts> KeptFile::apply(std::vector<Change> changes) {
  Counts counts;
  for (const Change& change : changes) {
    const auto before = entries_.find(change.known.key);
    if (change.moved) continue;
    const bool same = before != entries_.end() && !change.removed && before->second.hash == hash128(change.bytes);
    if (same) continue;
    counts.added += change.records;
    if (before != entries_.end()) counts.removed += before->second.records;
  }
  std::vector<std::uint64_t> offsets;
  const std::string frame = framed(encode_changes(changes, offsets));
  const bool is_new = journal_bytes_ == 0;
  NARU_TRY(append_file(journal(), frame));
  NARU_FAILPOINT("kept_file.before_sync");
  NARU_TRY(sync_file(journal()));
  if (is_new) NARU_TRY(sync_folder(folder_));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    take(std::move(changes[i]), journal_bytes_ + kFrameHead + offsets[i]);
  }
  journal_bytes_ += frame.size();
  return counts;
}

void KeptFile::each_in_order(const std::function<void(const Records& records)>& take) const {
  for (const auto& [key, entry] : entries_) {
    if (entry.size > 0) take({key, entry.offset, entry.size, entry.records, entry.hash});
  }
}

// ---- publishing -----------------------------------------------------------------------------------------------

// In the order of keys; what stands together is read together.
Status KeptFile::copy_records(const std::string& to) const {
  std::optional<RandomAccessFile> data, journaled;
  if (manifest_.has_data) data = NARU_TRY(RandomAccessFile::open(path_));
  if (journal_bytes_ > 0) journaled = NARU_TRY(RandomAccessFile::open(journal()));
  NARU_TRY(write_file(to, head_));
  std::string bytes;
  const auto flush = [&]() -> Status {
    NARU_TRY(append_file(to, bytes));
    bytes.clear();
    return {};
  };
  for (const auto& [key, entry] : entries_) {
    const RandomAccessFile& from = entry.place == Place::data ? *data : *journaled;
    for (std::uint64_t done = 0; done < entry.size;) {
      const std::size_t size = std::min<std::uint64_t>(kCopyBytes - bytes.size(), entry.size - done);
      const std::size_t start = bytes.size();
      bytes.resize(start + size);
      NARU_TRY(from.read(entry.offset + done, std::span(bytes).subspan(start)));
      done += size;
      if (bytes.size() >= kCopyBytes) NARU_TRY(flush());
    }
  }
  return flush();
}

// In frames, one after the other, so that millions of items are never in memory a second time.
std::string KeptFile::packed_items() const {
  std::string packed(kItemsHead, '\0');
  ByteWriter writer;
  for (const auto& [key, entry] : entries_) {
    write_known(writer, known_of(key, entry));
    writer.number(entry.records);
    writer.number(entry.size);
    writer.text(entry.hash.bytes());
    if (writer.bytes().size() < kPackBytes) continue;
    packed += zstd_compress(writer.bytes(), kCompression);
    writer = {};
  }
  packed += zstd_compress(writer.bytes(), kCompression);
  packed.replace(0, kItemsHead, hash128(std::string_view(packed).substr(kItemsHead)).bytes());
  return packed;
}

Status KeptFile::publish() {
  if (manifest_.has_data && journal_bytes_ == 0 && manifest_.head == head_) return {};
  Manifest next;
  next.generation = manifest_.generation + 1;
  next.has_data = true;
  const std::string data = in_folder("data-" + std::to_string(next.generation));
  NARU_TRY(copy_records(data));
  NARU_TRY(sync_file(data));
  const FileStamp stamp = NARU_TRY(NARU_TRY(RandomAccessFile::open(data)).stamp());
  next.bytes = stamp.size;
  next.inode = stamp.inode;
  next.mtime_ns = stamp.mtime_ns;
  next.head = head_;
  NARU_TRY(write_file_durable(in_folder("items-" + std::to_string(next.generation)), packed_items()));
  NARU_FAILPOINT("kept_file.before_manifest");
  NARU_TRY(write_manifest(next));  // from here on the next generation counts
  NARU_FAILPOINT("kept_file.before_move");
  manifest_ = next;
  journal_bytes_ = 0;
  NARU_TRY(end_move());
  std::uint64_t offset = head_.size();
  for (auto& [key, entry] : entries_) {
    entry.place = Place::data;
    entry.offset = offset;
    offset += entry.size;
  }
  NARU_FAILPOINT("kept_file.before_clean");
  return remove_leftovers();
}

}  // namespace naru
