#include "parse/shared/compound_file.h"

#include <algorithm>

#include "parse/shared/binary_reader.h"

namespace naru {

namespace {

constexpr std::string_view kSignature = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

// Fields of the header (MS-CFB 2.2).
constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kSectorShiftAt = 30;
constexpr std::size_t kFirstDirectorySectorAt = 48;
constexpr std::size_t kSmallBelowAt = 56;
constexpr std::size_t kFirstSmallTableSectorAt = 60;
constexpr std::size_t kFirstTableListSectorAt = 68;
constexpr std::size_t kTableListAt = 76;
constexpr std::size_t kTableListEntries = 109;

constexpr std::size_t kSmallSectorBytes = 64;
constexpr std::uint32_t kLastRealSector = 0xfffffffa;  // above: free, end of chain, and the tables' own marks

// Of the directory (2.6).
constexpr std::size_t kEntryBytes = 128;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::uint32_t kNoEntry = 0xffffffff;
enum : std::uint8_t { kStorage = 1, kStream = 2, kRoot = 5 };

// A document has tens of streams, a mail with many attachments some thousands.
constexpr std::size_t kEntriesMax = 100'000;
// Storages in storages: attached mails nest five or six deep. Names of a deeper one are not put together.
constexpr std::size_t kPathBytesMax = 500;

std::vector<std::uint32_t> numbers_of(std::string_view bytes) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(bytes.size() / 4);
  for (BinaryReader in(bytes); in.left() >= 4;) numbers.push_back(in.u32());
  return numbers;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) { return BinaryReader(bytes.substr(at)).u32(); }

struct RawEntry {
  std::string name;
  std::uint8_t type = 0;
  std::uint32_t left = kNoEntry, right = kNoEntry, child = kNoEntry, first_sector = 0;
  std::uint64_t size_bytes = 0;
};

RawEntry read_entry(std::string_view bytes, bool wide_sizes) {
  BinaryReader in(bytes);
  RawEntry entry;
  const std::string_view name = in.take(kNameBytesMax);
  const std::size_t name_bytes = std::min<std::size_t>(in.u16(), kNameBytesMax);
  entry.name = utf16le_to_utf8(name.substr(0, name_bytes < 2 ? 0 : name_bytes - 2));  // without its NUL
  entry.type = in.u8();
  in.skip(1);  // red or black
  entry.left = in.u32();
  entry.right = in.u32();
  entry.child = in.u32();
  in.skip(16 + 4 + 8 + 8);  // class, state, created, changed
  entry.first_sector = in.u32();
  entry.size_bytes = in.u64();
  if (!wide_sizes) entry.size_bytes &= 0xffffffff;  // version 3 leaves rubbish in the upper half
  return entry;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Walks a chain from `first` until `size_bytes` are there; `part(n)` gives sector n's bytes, empty where it has none.
template <class Part>
CompoundFile::Stream walk(std::uint32_t first, std::uint64_t size_bytes, const std::vector<std::uint32_t>& next,
                          Part part) {
  CompoundFile::Stream stream;
  std::vector<bool> seen(next.size());
  for (std::uint32_t at = first; stream.bytes.size() < size_bytes;) {
    if (at >= next.size() || seen[at]) break;
    seen[at] = true;
    const std::string_view bytes = part(at);
    if (bytes.empty()) break;
    stream.bytes.append(bytes.substr(0, size_bytes - stream.bytes.size()));
    at = next[at];
  }
  stream.complete = stream.bytes.size() == size_bytes;
  return stream;
}

}  // namespace

bool CompoundFile::has_signature(std::string_view bytes) { return bytes.starts_with(kSignature); }

Result<CompoundFile> CompoundFile::open(std::string_view bytes) {
  if (!has_signature(bytes)) return Error(Code::corrupt, "not an OLE compound file");
  if (bytes.size() < kHeaderBytes) return Error(Code::corrupt, "the OLE compound file ends in its header");
  CompoundFile file(bytes);
  // 512 bytes in version 3, 4096 in version 4; nothing else was ever defined.
  const std::uint16_t shift = BinaryReader(bytes.substr(kSectorShiftAt)).u16();
  if (shift != 9 && shift != 12) return Error(Code::corrupt, "the OLE compound file has sectors of no known size");
  file.sector_bytes_ = std::size_t{1} << shift;
  file.small_below_bytes_ = number_at(bytes, kSmallBelowAt);
  file.read_sector_table(bytes.substr(0, kHeaderBytes));
  file.small_next_ = numbers_of(file.read_chain(number_at(bytes, kFirstSmallTableSectorAt), bytes.size()).bytes);
  file.read_directory(number_at(bytes, kFirstDirectorySectorAt));
  if (file.entries_.empty()) return Error(Code::corrupt, "the OLE compound file has no directory that can be read");
  return file;
}

// Sector 0 lies behind the header, which fills a whole sector. The file's last one may be cut.
std::string_view CompoundFile::sector(std::uint32_t number) const {
  const std::uint64_t at = (std::uint64_t{number} + 1) * sector_bytes_;
  return at < bytes_.size() ? bytes_.substr(at, sector_bytes_) : std::string_view();
}

// The table of sectors (FAT) lies in sectors that a list (DIFAT) names: 109 of them in the header, the rest in a chain
// of sectors whose last number is the next sector of the list.
void CompoundFile::read_sector_table(std::string_view header) {
  const std::size_t sectors = bytes_.size() / sector_bytes_;
  std::vector<std::uint32_t> list = numbers_of(header.substr(kTableListAt, kTableListEntries * 4));
  std::uint32_t more = number_at(header, kFirstTableListSectorAt);
  for (std::size_t steps = 0; more < kLastRealSector && steps < sectors; ++steps) {
    std::vector<std::uint32_t> numbers = numbers_of(sector(more));
    if (numbers.size() < sector_bytes_ / 4) {
      damaged_ = true;
      break;
    }
    more = numbers.back();
    list.insert(list.end(), numbers.begin(), numbers.end() - 1);
  }
  for (const std::uint32_t number : list) {
    if (number >= kLastRealSector) continue;
    if (next_.size() >= sectors) break;  // enough for every sector of the file
    std::vector<std::uint32_t> numbers = numbers_of(sector(number));
    if (numbers.size() < sector_bytes_ / 4) damaged_ = true;
    numbers.resize(sector_bytes_ / 4, kNoEntry);  // keeps what follows in its place
    next_.insert(next_.end(), numbers.begin(), numbers.end());
  }
}

CompoundFile::Stream CompoundFile::read_chain(std::uint32_t first, std::uint64_t size_bytes) const {
  return walk(first, size_bytes, next_, [this](std::uint32_t number) { return sector(number); });
}

CompoundFile::Stream CompoundFile::read_small_chain(std::uint32_t first, std::uint64_t size_bytes) const {
  return walk(first, size_bytes, small_next_, [this](std::uint32_t number) {
    const std::size_t at = std::size_t{number} * kSmallSectorBytes;
    return at < small_.size() ? std::string_view(small_).substr(at, kSmallSectorBytes) : std::string_view();
  });
}

// Siblings form a binary tree, a storage's child is the root of its siblings. Each entry is visited once, whatever the
// links say.
void CompoundFile::read_directory(std::uint32_t first_sector) {
  const std::string raw =
      read_chain(first_sector, std::min<std::uint64_t>(bytes_.size(), kEntriesMax * kEntryBytes)).bytes;
  const std::size_t count = raw.size() / kEntryBytes;
  const bool wide_sizes = sector_bytes_ > 512;
  const auto entry_at = [&](std::uint32_t id) {
    return read_entry(std::string_view(raw).substr(id * kEntryBytes, kEntryBytes), wide_sizes);
  };
  if (count == 0) return;
  const RawEntry root = entry_at(0);
  Stream small = read_chain(root.first_sector, std::min<std::uint64_t>(root.size_bytes, bytes_.size()));
  if (!small.complete || root.type != kRoot) damaged_ = true;
  small_ = std::move(small.bytes);

  std::vector<bool> seen(count);
  seen[0] = true;
  std::vector<std::pair<std::uint32_t, std::string>> todo = {{root.child, ""}};
  while (!todo.empty()) {
    auto [id, folder] = std::move(todo.back());
    todo.pop_back();
    if (id == kNoEntry) continue;
    if (id >= count || seen[id]) {
      damaged_ = true;
      continue;
    }
    seen[id] = true;
    const RawEntry raw_entry = entry_at(id);
    const std::string path = folder + raw_entry.name;
    todo.emplace_back(raw_entry.right, folder);
    if (raw_entry.type == kStorage && path.size() < kPathBytesMax) todo.emplace_back(raw_entry.child, path + "/");
    todo.emplace_back(raw_entry.left, std::move(folder));
    if (raw_entry.type != kStorage && raw_entry.type != kStream) continue;
    entries_.push_back({path, raw_entry.type == kStorage, raw_entry.first_sector, raw_entry.size_bytes});
  }
}

const CompoundFile::Entry* CompoundFile::find(std::string_view path) const {
  for (const Entry& entry : entries_) {
    if (same_name(entry.path, path)) return &entry;
  }
  return nullptr;
}

CompoundFile::Stream CompoundFile::read(const Entry& entry) const {
  // No stream is larger than its file: a size that says so is a lie, and the chain's end shows what there is.
  const std::uint64_t size = std::min<std::uint64_t>(entry.size_bytes, bytes_.size());
  Stream stream = entry.size_bytes < small_below_bytes_ ? read_small_chain(entry.first_sector, size)
                                                        : read_chain(entry.first_sector, size);
  if (entry.size_bytes > size) stream.complete = false;
  return stream;
}

CompoundFile::Stream CompoundFile::read(std::string_view path) const {
  const Entry* entry = find(path);
  return entry == nullptr || entry->is_storage ? Stream() : read(*entry);
}

}  // namespace naru
