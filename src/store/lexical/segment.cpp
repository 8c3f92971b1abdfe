#include "store/lexical/segment.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"

namespace naru {

namespace {

// The layout of a segment file; every number is little-endian. docs/format/segment.md explains it.
//
//   0  magic "NARUSEG1"
//   8  u64 rows          16 u64 terms
//  24  u64 offset of the row table (24 bytes a row: u64 chunk, u32 document, u32 model, u32 vector, u32 length)
//  32  u64 offset of the term table (24 bytes a term: u32 offset of its bytes, u32 their size, u64 offset of its
//                                    postings, u32 their size, u32 rows)
//  40  u64 offset of the term bytes     48 u64 offset of the postings     56 u64 size of the file
//  64  u64 XXH3 of header [0, 64) and of everything before the postings     72 rows, terms, bytes, postings
struct Header {
  char magic[8];
  std::uint64_t rows, terms, row_table, term_table, term_bytes, postings, file_size, checksum;
};
static_assert(sizeof(Header) == 72);

struct TermRecord {
  std::uint32_t bytes_at, bytes_size;
  std::uint64_t postings_at;
  std::uint32_t postings_size, count;
};
static_assert(sizeof(TermRecord) == 24);

constexpr char kMagic[9] = "NARUSEG1";

// Length classes: see length_class().
constexpr std::uint32_t kExactLengths = 64, kClassesPerDoubling = 16;
constexpr std::uint32_t kPartShift = 2;  // log2(kExactLengths / kClassesPerDoubling)
constexpr std::size_t kSkipBytes = 8;  // of one block in the table before a list of several

// Offsets within the term bytes and within one posting list have 32 bits.
constexpr std::size_t kTermBytesTotalMax = (1ULL << 32) - 1;

void put_varint(std::string& out, std::uint32_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

bool get_varint(const unsigned char*& at, const unsigned char* end, std::uint32_t& value) {
  if (at < end && *at < 0x80) {
    value = *at++;
    return true;
  }
  value = 0;
  for (int shift = 0; shift < 35 && at < end; shift += 7) {
    const unsigned char byte = *at++;
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Per posting: row delta, and the frequency in the same number where it is 1 (delta * 2 + 1), else after it. Lists of
// several blocks start with a table: per block u32 last row, u32 where its bytes end, counted from the table's end.
void encode_postings(std::string& bytes, std::span<const Posting> postings) {
  const std::size_t blocks = (postings.size() + kPostingsBlock - 1) / kPostingsBlock;
  const std::size_t table = bytes.size(), start = table + (blocks > 1 ? blocks * kSkipBytes : 0);
  bytes.resize(start);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < postings.size(); ++i) {
    const Posting& posting = postings[i];
    put_varint(bytes, ((posting.row - last) << 1) | (posting.frequency == 1 ? 1U : 0U));
    if (posting.frequency != 1) put_varint(bytes, posting.frequency);
    last = posting.row;
    if (blocks > 1 && (i % kPostingsBlock == kPostingsBlock - 1 || i + 1 == postings.size())) {
      const auto end = static_cast<std::uint32_t>(bytes.size() - start);
      char* const skip = bytes.data() + table + i / kPostingsBlock * kSkipBytes;
      std::memcpy(skip, &last, 4);
      std::memcpy(skip + 4, &end, 4);
    }
  }
}

std::uint64_t head_checksum(std::string_view file, const Header& header) {
  const std::uint64_t seed = XXH3_64bits(&header, offsetof(Header, checksum));
  return XXH3_64bits_withSeed(file.data() + sizeof(Header), header.postings - sizeof(Header), seed);
}

// Collects terms in order and lays the file out.
class SegmentWriter {
 public:
  explicit SegmentWriter(std::span<const SegmentRow> rows) : rows_(rows) {}

  void add(std::string_view term, std::span<const Posting> postings) {
    TermRecord record{};
    record.bytes_at = static_cast<std::uint32_t>(term_bytes_.size());
    record.bytes_size = static_cast<std::uint32_t>(term.size());
    record.postings_at = postings_.size();
    encode_postings(postings_, postings);
    record.postings_size = static_cast<std::uint32_t>(postings_.size() - record.postings_at);
    record.count = static_cast<std::uint32_t>(postings.size());
    term_bytes_ += term;
    records_.push_back(record);
  }

  Result<SegmentFile> write(const std::string& folder) {
    if (rows_.size() > kSegmentRowsMax || term_bytes_.size() > kTermBytesTotalMax) {
      return Error(Code::limit_exceeded,
                   fmt::format("a segment of {} rows and {} bytes of terms is too large; limits: {} and {}",
                               rows_.size(), term_bytes_.size(), kSegmentRowsMax, kTermBytesTotalMax));
    }
    Header header{};
    std::memcpy(header.magic, kMagic, 8);
    header.rows = rows_.size();
    header.terms = records_.size();
    header.row_table = sizeof(Header);
    header.term_table = header.row_table + rows_.size() * sizeof(SegmentRow);
    header.term_bytes = header.term_table + records_.size() * sizeof(TermRecord);
    header.postings = (header.term_bytes + term_bytes_.size() + 7) / 8 * 8;
    header.file_size = header.postings + postings_.size();
    std::string file;
    file.reserve(header.file_size);
    file.append(reinterpret_cast<const char*>(&header), sizeof header);
    file.append(reinterpret_cast<const char*>(rows_.data()), rows_.size() * sizeof(SegmentRow));
    file.append(reinterpret_cast<const char*>(records_.data()), records_.size() * sizeof(TermRecord));
    file += term_bytes_;
    file.resize(header.postings, '\0');
    file += postings_;
    postings_ = {};
    header.checksum = head_checksum(file, header);
    std::memcpy(file.data(), &header, sizeof header);

    SegmentFile written{hash128(file).hex(), header.rows, file.size()};
    const std::string path = join_path(folder, written.name + ".seg");
    if (holds(path, file)) {  // made before, perhaps by a run that died before it was durable
      NARU_TRY(sync_file(path));
      NARU_TRY(sync_folder(folder));
    } else {
      NARU_TRY(write_file_durable(path, file));
    }
    return written;
  }

 private:
  // A file of that name with other bytes is damaged, and is replaced.
  static bool holds(const std::string& path, std::string_view bytes) {
    if (!file_exists(path)) return false;
    const Result<MappedFile> file = MappedFile::open(path);
    return file && file->bytes() == bytes;
  }

  std::span<const SegmentRow> rows_;
  std::vector<TermRecord> records_;
  std::string term_bytes_, postings_;
};

TermRecord record_at(std::string_view table, std::size_t i) {
  TermRecord record{};
  std::memcpy(&record, table.data() + i * sizeof record, sizeof record);
  return record;
}

bool append_all(const PostingList& list, std::vector<Posting>& out) {
  out.reserve(out.size() + list.count());
  PostingList::Block block;
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    const std::size_t count = list.decode(b, block);
    if (count == 0) return false;
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return true;
}

Error damaged(const std::string& name, std::string_view what) {
  return {Code::corrupt, fmt::format("segment {}: {}; `naru verify --repair` rebuilds it from the truth", name, what)};
}

}  // namespace

std::uint8_t length_class(std::uint32_t length) {
  if (length < kExactLengths) return static_cast<std::uint8_t>(length);
  const auto doublings = static_cast<std::uint32_t>(std::bit_width(length) - std::bit_width(kExactLengths));
  const std::uint32_t part = (length >> (doublings + kPartShift)) & (kClassesPerDoubling - 1);
  const std::uint32_t of = kExactLengths + doublings * kClassesPerDoubling + part;
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(of, 255));
}

std::uint32_t shortest_of_class(std::uint8_t of) {
  if (of < kExactLengths) return of;
  const std::uint32_t doublings = (of - kExactLengths) / kClassesPerDoubling;
  const std::uint32_t part = (of - kExactLengths) % kClassesPerDoubling;
  return (kClassesPerDoubling + part) << (doublings + kPartShift);
}

void add_to_digest(RowDigest& digest, std::string_view term, std::uint32_t frequency) {
  digest.sum += XXH3_64bits_withSeed(term.data(), term.size(), frequency);
  digest.length += frequency;
}

RowDigest digest_of_terms(const std::vector<std::string>& terms) {
  std::unordered_map<std::string_view, std::uint32_t> counts;
  for (const std::string& term : terms) ++counts[term];
  RowDigest digest;
  for (const auto& [term, count] : counts) add_to_digest(digest, term, count);
  return digest;
}

std::uint32_t PostingList::block_end(std::size_t block) const {
  std::uint32_t end = 0;
  std::memcpy(&end, bytes_.data() + block * kSkipBytes + 4, 4);
  return end;
}

std::uint64_t PostingList::last_row(std::size_t block) const {
  if (blocks() == 1) return rows_ - 1;
  std::uint32_t last = 0;
  std::memcpy(&last, bytes_.data() + block * kSkipBytes, 4);
  return last;
}

std::size_t PostingList::block_of(std::uint64_t row, std::size_t from) const {
  std::size_t low = from, high = blocks();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (last_row(middle) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

std::size_t PostingList::decode(std::size_t block, Block& out) const {
  const std::size_t all = blocks();
  const std::size_t count = block + 1 < all ? kPostingsBlock : count_ - block * kPostingsBlock;
  std::string_view bytes = bytes_;
  if (all > 1) {
    const std::size_t begin = block == 0 ? 0 : block_end(block - 1), end = block_end(block);
    bytes.remove_prefix(all * kSkipBytes);
    if (begin > end || end > bytes.size() || (block + 1 == all && end != bytes.size())) return 0;
    bytes = bytes.substr(begin, end - begin);
  }
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* const end = at + bytes.size();
  std::uint64_t row = block == 0 ? 0 : last_row(block - 1);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t delta = 0, frequency = 1;
    if (!get_varint(at, end, delta)) return 0;
    if ((delta & 1) == 0 && (!get_varint(at, end, frequency) || frequency < 2)) return 0;
    delta >>= 1;
    if (delta == 0 && (i > 0 || block > 0)) return 0;
    row += delta;
    if (row >= rows_) return 0;
    out[i] = {static_cast<std::uint32_t>(row), frequency};
  }
  return at == end && (all == 1 || row == last_row(block)) ? count : 0;
}

void SegmentBuilder::add(SegmentRow row, const std::vector<std::string>& terms) {
  NARU_ASSERT(rows_.empty() || rows_.back().document <= row.document);
  const auto index = static_cast<std::uint32_t>(rows_.size());
  row.length = static_cast<std::uint32_t>(terms.size());
  rows_.push_back(row);
  for (const std::string& term : terms) {
    std::vector<Posting>& list = postings_[term];
    if (!list.empty() && list.back().row == index) {
      ++list.back().frequency;
    } else {
      list.push_back({index, 1});
    }
  }
}

Result<SegmentFile> SegmentBuilder::write(const std::string& folder) const {
  std::vector<std::string_view> terms;
  terms.reserve(postings_.size());
  for (const auto& [term, list] : postings_) terms.push_back(term);
  std::sort(terms.begin(), terms.end());
  SegmentWriter writer(rows_);
  for (const std::string_view term : terms) writer.add(term, postings_.at(std::string(term)));
  return writer.write(folder);
}

Result<std::shared_ptr<const Segment>> Segment::open(const std::string& folder, const std::string& name) {
  MappedFile file = NARU_TRY(MappedFile::open(join_path(folder, name + ".seg")));
  const std::shared_ptr<Segment> segment(new Segment(std::move(file)));  // no NARU_TRY inside new: it would leak
  segment->name_ = name;
  NARU_TRY(segment->read_tables());
  return std::shared_ptr<const Segment>(segment);
}

Status Segment::read_tables() {
  const std::string_view file = file_.bytes();
  Header header{};
  if (file.size() < sizeof header) return damaged(name_, "too short");
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, 8) != 0) return damaged(name_, "not a segment");
  const bool in_order = header.file_size == file.size() && header.row_table == sizeof header &&
                        header.rows <= file.size() / sizeof(SegmentRow) &&
                        header.terms <= file.size() / sizeof(TermRecord) &&
                        header.term_table == header.row_table + header.rows * sizeof(SegmentRow) &&
                        header.term_bytes == header.term_table + header.terms * sizeof(TermRecord) &&
                        header.term_bytes <= header.postings && header.postings <= file.size();
  if (!in_order) return damaged(name_, "its tables do not fit its size");
  if (head_checksum(file, header) != header.checksum) return damaged(name_, "the checksum of its tables is wrong");
  rows_ = {reinterpret_cast<const SegmentRow*>(file.data() + header.row_table), header.rows};
  term_count_ = header.terms;
  term_table_ = file.substr(header.term_table, header.terms * sizeof(TermRecord));
  term_bytes_ = file.substr(header.term_bytes, header.postings - header.term_bytes);
  posting_bytes_ = file.substr(header.postings);
  for (std::size_t i = 0; i < term_count_; ++i) {
    const TermRecord record = record_at(term_table_, i);
    const std::uint64_t blocks = (std::uint64_t{record.count} + kPostingsBlock - 1) / kPostingsBlock;
    const bool inside = std::uint64_t{record.bytes_at} + record.bytes_size <= term_bytes_.size() &&
                        record.postings_at <= posting_bytes_.size() &&
                        record.postings_size <= posting_bytes_.size() - record.postings_at &&
                        record.count > 0 && record.count <= header.rows &&
                        (blocks == 1 || blocks * kSkipBytes <= record.postings_size);
    if (!inside) return damaged(name_, "a term points outside");
  }
  length_classes_.reserve(rows_.size());
  for (const SegmentRow& row : rows_) {
    total_length_ += row.length;
    max_length_ = std::max(max_length_, row.length);
    length_classes_.push_back(length_class(row.length));
  }
  return {};
}

std::optional<std::uint32_t> Segment::find_row(std::uint32_t document, std::uint64_t chunk) const {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), std::pair(document, chunk),
                                   [](const SegmentRow& row, const std::pair<std::uint32_t, std::uint64_t>& wanted) {
                                     return std::pair(row.document, row.chunk) < wanted;
                                   });
  if (at == rows_.end() || at->document != document || at->chunk != chunk) return std::nullopt;
  return static_cast<std::uint32_t>(at - rows_.begin());
}

std::string_view Segment::term(std::size_t i) const {
  const TermRecord record = record_at(term_table_, i);
  return term_bytes_.substr(record.bytes_at, record.bytes_size);
}

PostingList Segment::list(std::size_t i) const {
  const TermRecord record = record_at(term_table_, i);
  return {posting_bytes_.substr(record.postings_at, record.postings_size), record.count, rows_.size()};
}

std::optional<PostingList> Segment::find(std::string_view wanted) const {
  std::size_t low = 0, high = term_count_;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (term(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  if (low == term_count_ || term(low) != wanted) return std::nullopt;
  return list(low);
}

std::vector<Posting> Segment::postings(std::string_view term) const {
  std::vector<Posting> all;
  const std::optional<PostingList> found = find(term);
  if (!found || !append_all(*found, all)) all.clear();
  return all;
}

Status Segment::read_list(std::size_t i, std::vector<Posting>& out) const {
  out.clear();
  if (!append_all(list(i), out)) return damaged(name_, fmt::format("the postings of term {} cannot be read", i));
  return {};
}

Status Segment::each_term(const std::function<Status(std::string_view, std::span<const Posting>)>& take) const {
  std::vector<Posting> postings;
  for (std::size_t i = 0; i < term_count_; ++i) {
    if (i > 0 && term(i) <= term(i - 1)) return damaged(name_, fmt::format("term {} is out of order", i));
    NARU_TRY(read_list(i, postings));
    NARU_TRY(take(term(i), postings));
  }
  return {};
}

Result<std::vector<RowDigest>> Segment::digests() const {
  std::vector<RowDigest> digests(rows_.size());
  NARU_TRY(each_term([&](std::string_view term, std::span<const Posting> list) -> Status {
    for (const Posting& posting : list) add_to_digest(digests[posting.row], term, posting.frequency);
    return {};
  }));
  return digests;
}

Status Segment::check_digest() const {
  if (hash128(file_.bytes()).hex() != name_) return damaged(name_, "its bytes are not those it was named for");
  return {};
}

Result<SegmentFile> merge_segments(std::span<const MergeInput> inputs, const std::string& folder) {
  // 1. The order of the surviving rows: by document, and within a document as the inputs have them.
  struct Source {
    std::uint32_t input, row;
  };
  std::vector<Source> order;
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    inputs[i].alive->each([&](std::size_t row) { order.push_back({i, static_cast<std::uint32_t>(row)}); });
  }
  std::stable_sort(order.begin(), order.end(), [&](const Source& a, const Source& b) {
    const SegmentRow& left = inputs[a.input].segment->row(a.row);
    const SegmentRow& right = inputs[b.input].segment->row(b.row);
    return std::pair(left.document, left.chunk) < std::pair(right.document, right.chunk);
  });
  constexpr std::uint32_t kGone = ~0U;
  std::vector<std::vector<std::uint32_t>> target(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) target[i].assign(inputs[i].segment->rows(), kGone);
  std::vector<SegmentRow> rows;
  rows.reserve(order.size());
  for (const Source& source : order) {
    target[source.input][source.row] = static_cast<std::uint32_t>(rows.size());
    rows.push_back(inputs[source.input].segment->row(source.row));
  }

  // 2. The smallest term that an input stands at, its postings from all inputs that stand there, and on.
  std::vector<std::size_t> at(inputs.size(), 0);
  std::vector<Posting> list, merged;
  SegmentWriter writer(rows);
  while (true) {
    std::optional<std::string_view> term;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at[i] == inputs[i].segment->terms()) continue;
      const std::string_view here = inputs[i].segment->term(at[i]);
      if (!term || here < *term) term = here;
    }
    if (!term) break;
    merged.clear();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at[i] == inputs[i].segment->terms() || inputs[i].segment->term(at[i]) != *term) continue;
      NARU_TRY(inputs[i].segment->read_list(at[i]++, list));
      for (const Posting& posting : list) {
        if (target[i][posting.row] != kGone) merged.push_back({target[i][posting.row], posting.frequency});
      }
    }
    std::sort(merged.begin(), merged.end(), [](const Posting& a, const Posting& b) { return a.row < b.row; });
    if (!merged.empty()) writer.add(*term, merged);
  }
  return writer.write(folder);
}

}  // namespace naru
