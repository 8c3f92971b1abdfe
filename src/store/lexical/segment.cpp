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
//   0  magic "NARUSEG2"        8  u64 rows
//  16  u64 terms of the body, of titles, of heading paths, of file names
//  48  u64 offset of the row table (24 bytes a row: u64 chunk, u32 document, u32 model, u32 vector, u32 length)
//  56  u64 offset of the lengths of the other fields (for each that has terms, a byte a row)
//  64  u64 offset of the term table (24 bytes a term and one more: u32 offset of its bytes, u32 rows, u64 offset of its
//                                    postings, u64 offset of its positions)
//  72  u64 offset of the term bytes     80 u64 offset of the postings     88 u64 offset of the positions
//  96  u64 size of the file    104 u64 XXH3 of header [0, 104) and of everything from 112 to the postings
// 112  rows, lengths, terms, term bytes, postings, positions
struct Header {
  char magic[8];
  std::uint64_t rows;
  std::uint64_t terms[kFields];
  std::uint64_t row_table, lengths, term_table, term_bytes, postings, positions, file_size, checksum;
};
static_assert(sizeof(Header) == 112);

// Each ends where the next begins; a last one stands behind the last term.
struct TermRecord {
  std::uint32_t bytes_at, count;
  std::uint64_t postings_at, positions_at;
};
static_assert(sizeof(TermRecord) == 24);

constexpr char kMagic[9] = "NARUSEG2";
constexpr std::size_t kMagicNameBytes = 7;  // what is behind them is the version
static_assert(kMagic[kMagicNameBytes] == '0' + kSegmentVersion);

// Length classes: see length_class().
constexpr std::uint32_t kExactLengths = 64, kClassesPerDoubling = 16;
constexpr std::uint32_t kPartShift = 2;  // log2(kExactLengths / kClassesPerDoubling)
constexpr std::size_t kSkipBytes = 8;       // of one block in the table before a list of several
constexpr std::size_t kPlaceSkipBytes = 4;  // the same before its positions

// Offsets within the term bytes, within one posting list and within its positions have 32 bits.
constexpr std::size_t kOffsetMax = (1ULL << 32) - 1;

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

// Behind `count` varints; null where the bytes end before.
const char* skip_varints(const char* at, const char* end, std::uint64_t count) {
  while (count > 0 && at < end) count -= static_cast<unsigned char>(*at++) < 0x80 ? 1 : 0;
  return count == 0 ? at : nullptr;
}

// Positions as they were collected. Those of several blocks have a table in front: per block u32 where its bytes end,
// counted from the table's end.
void encode_positions(std::string& bytes, const TermPostings& term) {
  const std::size_t blocks = (term.postings.size() + kPostingsBlock - 1) / kPostingsBlock;
  if (blocks > 1) {
    const char* const start = term.positions.data();
    const char* const end = start + term.positions.size();
    const char* at = start;
    for (std::size_t block = 0; block < blocks; ++block) {
      std::uint64_t count = 0;
      const std::size_t last = std::min((block + 1) * kPostingsBlock, term.postings.size());
      for (std::size_t i = block * kPostingsBlock; i < last; ++i) count += term.postings[i].frequency;
      at = skip_varints(at, end, count);
      NARU_ASSERT(at != nullptr);
      const auto ends = static_cast<std::uint32_t>(at - start);
      bytes.append(reinterpret_cast<const char*>(&ends), sizeof ends);
    }
  }
  bytes += term.positions;
}

std::uint64_t head_checksum(std::string_view file, const Header& header) {
  const std::uint64_t seed = XXH3_64bits(&header, offsetof(Header, checksum));
  return XXH3_64bits_withSeed(file.data() + sizeof(Header), header.postings - sizeof(Header), seed);
}

// By field, a byte a row; empty where no row has a term in it, and always for the body.
using Lengths = std::array<std::vector<std::uint8_t>, kFields>;

// Collects terms in order, body first, and lays the file out.
class SegmentWriter {
 public:
  SegmentWriter(std::span<const SegmentRow> rows, Lengths lengths) : rows_(rows), lengths_(std::move(lengths)) {
    for (std::vector<std::uint8_t>& of : lengths_) {
      if (std::all_of(of.begin(), of.end(), [](std::uint8_t length) { return length == 0; })) of.clear();
    }
  }

  void add(Field field, std::string_view term, const TermPostings& found) {
    ++terms_[static_cast<std::size_t>(field)];
    put_record(static_cast<std::uint32_t>(found.postings.size()));
    encode_postings(postings_, found.postings);
    encode_positions(positions_, found);
    term_bytes_ += term;
    largest_ = std::max({largest_, postings_.size() - records_.back().postings_at,
                         positions_.size() - records_.back().positions_at});
  }

  Result<SegmentFile> write(const std::string& folder) {
    if (rows_.size() > kSegmentRowsMax || term_bytes_.size() > kOffsetMax || largest_ > kOffsetMax) {
      return Error(Code::limit_exceeded,
                   fmt::format("a segment of {} rows, {} bytes of terms and {} for one term is too large; limits: {}, "
                               "{} and {}", rows_.size(), term_bytes_.size(), largest_, kSegmentRowsMax, kOffsetMax,
                               kOffsetMax));
    }
    put_record(0);
    const std::string file = lay_out();
    SegmentFile written{hash128(file).hex(), rows_.size(), file.size()};
    const std::string path = join_path(folder, written.name + ".seg");
    // One of that name may be damaged, or remembered by the kernel alone after a sync that failed: it is written anew.
    NARU_TRY(write_file_durable(path, file));
    return written;
  }

 private:
  void put_record(std::uint32_t count) {
    records_.push_back(
        {static_cast<std::uint32_t>(term_bytes_.size()), count, postings_.size(), positions_.size()});
  }

  std::string lay_out() {
    Header header{};
    std::memcpy(header.magic, kMagic, 8);
    header.rows = rows_.size();
    std::copy(terms_.begin(), terms_.end(), header.terms);
    header.row_table = sizeof(Header);
    header.lengths = header.row_table + rows_.size() * sizeof(SegmentRow);
    header.term_table = header.lengths;
    for (const std::vector<std::uint8_t>& of : lengths_) header.term_table += of.size();
    header.term_bytes = header.term_table + records_.size() * sizeof(TermRecord);
    header.postings = header.term_bytes + term_bytes_.size();
    header.positions = header.postings + postings_.size();
    header.file_size = header.positions + positions_.size();
    std::string file;
    file.reserve(header.file_size);
    file.append(reinterpret_cast<const char*>(&header), sizeof header);
    file.append(reinterpret_cast<const char*>(rows_.data()), rows_.size() * sizeof(SegmentRow));
    for (const std::vector<std::uint8_t>& of : lengths_) {
      file.append(reinterpret_cast<const char*>(of.data()), of.size());
    }
    file.append(reinterpret_cast<const char*>(records_.data()), records_.size() * sizeof(TermRecord));
    file += term_bytes_;
    file += postings_;
    postings_ = {};
    file += positions_;
    positions_ = {};
    header.checksum = head_checksum(file, header);
    std::memcpy(file.data(), &header, sizeof header);
    return file;
  }

  std::span<const SegmentRow> rows_;
  Lengths lengths_;
  std::array<std::uint64_t, kFields> terms_{};
  std::vector<TermRecord> records_;
  std::string term_bytes_, postings_, positions_;
  std::uint64_t largest_ = 0;  // postings or positions of one term
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

// Appends `count` positions. False: the bytes end before, or a number is too large.
bool read_places(const char* start, const char* end, std::uint32_t count, std::vector<std::uint32_t>& out) {
  const auto* at = reinterpret_cast<const unsigned char*>(start);
  const auto* const last = reinterpret_cast<const unsigned char*>(end);
  std::uint64_t position = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t distance = 0;
    if (!get_varint(at, last, distance)) return false;
    position += distance;
    if (position > kOffsetMax) return false;
    out.push_back(static_cast<std::uint32_t>(position));
  }
  return true;
}

// Calls take(posting, positions) for each posting of a list, by row. False: what `positions` holds does not fit them.
template <class Take>
bool each_posting(const TermPostings& term, Take take) {
  const auto* at = reinterpret_cast<const unsigned char*>(term.positions.data());
  const unsigned char* const end = at + term.positions.size();
  for (const Posting& posting : term.postings) {
    std::uint64_t position = 0;
    for (std::uint32_t i = 0; i < posting.frequency; ++i) {
      std::uint32_t distance = 0;
      if (!get_varint(at, end, distance)) return false;
      position += distance;
      if (position > kOffsetMax) return false;
      take(posting, static_cast<std::uint32_t>(position));
    }
  }
  return at == end;
}

Error damaged(const std::string& name, std::string_view what) {
  return {Code::corrupt, fmt::format("segment {}: {}; `naru verify --repair` rebuilds it from the truth", name, what)};
}

Error other_version(const std::string& name, char version) {
  return {Code::unsupported,
          fmt::format("segment {} has format {}, this naru reads {}: the next `naru run` builds it anew, "
                      "`naru verify --repair` does it now", name, version, kMagic[kMagicNameBytes])};
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

void add_to_digest(RowDigest& digest, Field field, std::string_view term, std::uint32_t position) {
  const std::uint64_t place = static_cast<std::uint64_t>(field) << 32 | position;
  digest.sum += XXH3_64bits_withSeed(term.data(), term.size(), place);
  ++digest.lengths[static_cast<std::size_t>(field)];
}

RowDigest digest_of(const RowTerms& terms) {
  RowDigest digest;
  for (std::size_t f = 0; f < kFields; ++f) {
    for (std::size_t i = 0; i < terms[f].terms.size(); ++i) {
      add_to_digest(digest, static_cast<Field>(f), terms[f].terms[i], terms[f].positions[i]);
    }
  }
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

std::string_view PostingList::position_bytes(std::size_t block) const {
  if (blocks() == 1) return positions_;
  const auto end_of = [&](std::size_t b) {
    std::uint32_t end = 0;
    std::memcpy(&end, positions_.data() + b * kPlaceSkipBytes, 4);
    return std::size_t{end};
  };
  const std::string_view bytes = positions_.substr(blocks() * kPlaceSkipBytes);
  const std::size_t begin = block == 0 ? 0 : end_of(block - 1), end = end_of(block);
  const bool last = block + 1 == blocks();
  if (begin > end || end > bytes.size() || (last && end != bytes.size())) return {};
  return bytes.substr(begin, end - begin);
}

// ---- walking a list ----

void PostingCursor::load(std::size_t block) {
  number_ = block;
  at_ = count_ = 0;
  places_at_ = ~0ULL;
  if (block < list_.blocks()) count_ = list_.decode(block, block_);
}

void PostingCursor::advance_to(std::uint64_t row) {
  if (count_ == 0) return;
  if (block_[count_ - 1].row < row) {
    const std::size_t block = list_.block_of(row, number_ + 1);
    load(block);
    if (count_ == 0) return;
  }
  const auto first = block_.begin() + static_cast<std::ptrdiff_t>(at_);
  const auto last = block_.begin() + static_cast<std::ptrdiff_t>(count_);
  const auto found =
      std::lower_bound(first, last, row, [](const Posting& posting, std::uint64_t r) { return posting.row < r; });
  at_ = static_cast<std::size_t>(found - block_.begin());
  if (at_ == count_) load(number_ + 1);  // the table of a damaged list says more than it holds
}

bool PostingCursor::positions(std::vector<std::uint32_t>& out) {
  out.clear();
  if (places_at_ > at_) {
    places_ = list_.position_bytes(number_);
    places_at_ = 0;
  }
  std::uint64_t before = 0;
  for (; places_at_ < at_; ++places_at_) before += block_[places_at_].frequency;
  const char* const end = places_.data() + places_.size();
  const char* const start = skip_varints(places_.data(), end, before);
  if (start == nullptr || !read_places(start, end, frequency(), out)) {
    places_at_ = ~0ULL;
    out.clear();
    return false;
  }
  places_ = {start, static_cast<std::size_t>(end - start)};
  return true;
}

// ---- building ----

void SegmentBuilder::add(SegmentRow row, const RowTerms& terms) {
  NARU_ASSERT(rows_.empty() || rows_.back().document <= row.document);
  const auto index = static_cast<std::uint32_t>(rows_.size());
  row.length = static_cast<std::uint32_t>(terms[0].terms.size());
  rows_.push_back(row);
  for (std::size_t f = 0; f < kFields; ++f) {
    const PlacedTerms& field = terms[f];
    if (f > 0) {
      NARU_ASSERT(field.terms.size() <= kFieldTermsMax);
      lengths_[f].push_back(static_cast<std::uint8_t>(field.terms.size()));
    }
    for (std::size_t i = 0; i < field.terms.size(); ++i) {
      Collected& into = postings_[f][field.terms[i]];
      std::vector<Posting>& list = into.term.postings;
      if (!list.empty() && list.back().row == index) {
        ++list.back().frequency;
        put_varint(into.term.positions, field.positions[i] - into.last_position);
      } else {
        list.push_back({index, 1});
        put_varint(into.term.positions, field.positions[i]);
      }
      into.last_position = field.positions[i];
    }
  }
}

void SegmentBuilder::add(SegmentRow row, const std::vector<std::string>& terms) {
  RowTerms all;
  all[0].terms = terms;
  for (std::uint32_t i = 0; i < terms.size(); ++i) all[0].positions.push_back(i);
  add(row, all);
}

Result<SegmentFile> SegmentBuilder::write(const std::string& folder) const {
  SegmentWriter writer(rows_, lengths_);
  std::vector<std::pair<std::string_view, const TermPostings*>> terms;
  for (std::size_t f = 0; f < kFields; ++f) {
    terms.clear();
    for (const auto& [term, collected] : postings_[f]) terms.emplace_back(term, &collected.term);
    std::sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [term, postings] : terms) writer.add(static_cast<Field>(f), term, *postings);
  }
  return writer.write(folder);
}

// ---- reading ----

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
  if (std::memcmp(header.magic, kMagic, kMagicNameBytes) != 0) return damaged(name_, "not a segment");
  const char version = header.magic[kMagicNameBytes];
  if (version != kMagic[kMagicNameBytes]) {
    return version >= '1' && version <= '9' ? other_version(name_, version) : damaged(name_, "not a segment");
  }
  // No sum here goes over: every part is held to the size of the file before it is added.
  const std::uint64_t size = file.size();
  std::uint64_t columns = 0, terms = 0;
  bool in_order = header.file_size == size && header.row_table == sizeof header &&
                  header.rows <= size / sizeof(SegmentRow);
  for (std::size_t f = 0; f < kFields && in_order; ++f) {
    in_order = header.terms[f] <= size / sizeof(TermRecord);
    terms += header.terms[f];
    if (f > 0 && header.terms[f] > 0) columns += header.rows;
  }
  in_order = in_order && header.lengths == header.row_table + header.rows * sizeof(SegmentRow) &&
             header.term_table == header.lengths + columns &&
             header.term_bytes == header.term_table + (terms + 1) * sizeof(TermRecord) &&
             header.term_bytes <= header.postings && header.postings <= header.positions && header.positions <= size;
  if (!in_order) return damaged(name_, "its tables do not fit its size");
  if (head_checksum(file, header) != header.checksum) return damaged(name_, "the checksum of its tables is wrong");

  rows_ = {reinterpret_cast<const SegmentRow*>(file.data() + header.row_table), header.rows};
  term_count_ = terms;
  std::size_t first = 0;
  const auto* column = reinterpret_cast<const std::uint8_t*>(file.data() + header.lengths);
  for (std::size_t f = 0; f < kFields; ++f) {
    fields_[f].first = first;
    fields_[f].last = first += header.terms[f];
    if (f == 0 || header.terms[f] == 0) continue;
    fields_[f].lengths = {column, rows_.size()};
    column += rows_.size();
  }
  term_table_ = file.substr(header.term_table, header.term_bytes - header.term_table);
  term_bytes_ = file.substr(header.term_bytes, header.postings - header.term_bytes);
  posting_bytes_ = file.substr(header.postings, header.positions - header.postings);
  position_bytes_ = file.substr(header.positions);
  if (!terms_lie_inside()) return damaged(name_, "a term points outside");
  read_lengths();
  return {};
}

bool Segment::terms_lie_inside() const {
  TermRecord record = record_at(term_table_, 0);
  if (record.bytes_at != 0 || record.postings_at != 0 || record.positions_at != 0) return false;
  for (std::size_t i = 0; i < term_count_; ++i) {
    const TermRecord next = record_at(term_table_, i + 1);
    const bool ascend = record.bytes_at <= next.bytes_at && record.postings_at <= next.postings_at &&
                        record.positions_at <= next.positions_at;
    if (!ascend || record.count == 0 || record.count > rows_.size()) return false;
    const std::uint64_t blocks = (std::uint64_t{record.count} + kPostingsBlock - 1) / kPostingsBlock;
    if (blocks > 1 && (blocks * kSkipBytes > next.postings_at - record.postings_at ||
                       blocks * kPlaceSkipBytes > next.positions_at - record.positions_at)) {
      return false;
    }
    record = next;
  }
  return record.bytes_at == term_bytes_.size() && record.postings_at == posting_bytes_.size() &&
         record.positions_at == position_bytes_.size();
}

void Segment::read_lengths() {
  for (std::size_t f = 0; f < kFields; ++f) {
    FieldTable& table = fields_[f];
    if (f > 0 && table.lengths.empty()) continue;
    table.length_classes.reserve(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::uint32_t length = f == 0 ? rows_[i].length : table.lengths[i];
      table.total_length += length;
      table.max_length = std::max(table.max_length, length);
      table.length_classes.push_back(length_class(length));
    }
  }
}

std::uint32_t Segment::length(Field field, std::size_t row) const {
  if (field == Field::body) return rows_[row].length;
  const std::span<const std::uint8_t> lengths = of(field).lengths;
  return lengths.empty() ? 0 : lengths[row];
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
  const std::uint32_t at = record_at(term_table_, i).bytes_at;
  return term_bytes_.substr(at, record_at(term_table_, i + 1).bytes_at - at);
}

Field Segment::field_of(std::size_t i) const {
  std::size_t field = 0;
  while (field + 1 < kFields && i >= fields_[field].last) ++field;
  return static_cast<Field>(field);
}

PostingList Segment::list(std::size_t i) const {
  const TermRecord record = record_at(term_table_, i), next = record_at(term_table_, i + 1);
  return {posting_bytes_.substr(record.postings_at, next.postings_at - record.postings_at),
          position_bytes_.substr(record.positions_at, next.positions_at - record.positions_at), record.count,
          rows_.size()};
}

// The first term of the field that is not before `wanted`.
std::size_t Segment::lower_bound(Field field, std::string_view wanted) const {
  std::size_t low = of(field).first, high = of(field).last;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (term(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

std::pair<std::size_t, std::size_t> Segment::prefix_range(Field field, std::string_view prefix) const {
  const std::size_t first = lower_bound(field, prefix);
  std::size_t low = first, high = of(field).last;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (term(middle).starts_with(prefix)) low = middle + 1;
    else high = middle;
  }
  return {first, low};
}

std::optional<PostingList> Segment::find(std::string_view wanted, Field field) const {
  const std::size_t i = lower_bound(field, wanted);
  if (i == of(field).last || term(i) != wanted) return std::nullopt;
  return list(i);
}

std::vector<Posting> Segment::postings(std::string_view term, Field field) const {
  std::vector<Posting> all;
  const std::optional<PostingList> found = find(term, field);
  if (!found || !append_all(*found, all)) all.clear();
  return all;
}

Status Segment::read_list(std::size_t i, TermPostings& out) const {
  out.postings.clear();
  out.positions.clear();
  const PostingList found = list(i);
  if (!append_all(found, out.postings)) {
    return damaged(name_, fmt::format("the postings of term {} cannot be read", i));
  }
  // Block by block: what each block's table says must be where its positions end.
  for (std::size_t b = 0, at = 0; b < found.blocks(); ++b) {
    const std::string_view bytes = found.position_bytes(b);
    std::uint64_t count = 0;
    for (const std::size_t end = std::min(at + kPostingsBlock, out.postings.size()); at < end; ++at) {
      count += out.postings[at].frequency;
    }
    if (bytes.empty() || skip_varints(bytes.data(), bytes.data() + bytes.size(), count) != bytes.end()) {
      return damaged(name_, fmt::format("the positions of term {} cannot be read", i));
    }
    out.positions += bytes;
  }
  return {};
}

Result<std::vector<RowDigest>> Segment::digests() const {
  std::vector<RowDigest> digests(rows_.size());
  TermPostings list;
  for (std::size_t i = 0; i < term_count_; ++i) {
    const std::string_view here = term(i);
    const Field field = field_of(i);
    if (i > of(field).first && here <= term(i - 1)) return damaged(name_, fmt::format("term {} is out of order", i));
    NARU_TRY(read_list(i, list));
    const bool read = each_posting(list, [&](const Posting& posting, std::uint32_t position) {
      add_to_digest(digests[posting.row], field, here, position);
    });
    if (!read) return damaged(name_, fmt::format("the positions of term {} cannot be read", i));
  }
  return digests;
}

Status Segment::check_digest() const {
  if (hash128(file_.bytes()).hex() != name_) return damaged(name_, "its bytes are not those it was named for");
  return {};
}

namespace {

constexpr std::uint32_t kGone = ~0U;  // a row that is not in the merged segment

// By input and row of it: the row of the merged segment.
using Targets = std::vector<std::vector<std::uint32_t>>;

// Postings of one term from several segments, put into the order of the merged rows.
class TermMerger {
 public:
  void clear() {
    pieces_.clear();
    bytes_.clear();
  }

  // False: the positions do not fit the postings.
  bool take(const TermPostings& from, const std::vector<std::uint32_t>& target) {
    const char* at = from.positions.data();
    const char* const end = at + from.positions.size();
    for (const Posting& posting : from.postings) {
      const char* const after = skip_varints(at, end, posting.frequency);
      if (after == nullptr) return false;
      const std::uint32_t row = target[posting.row];
      if (row != kGone) {
        pieces_.push_back({{row, posting.frequency}, bytes_.size(), static_cast<std::size_t>(after - at)});
        bytes_.append(at, after);
      }
      at = after;
    }
    return true;
  }

  // The list in order; empty where all rows are gone.
  const TermPostings& merged() {
    const auto before = [](const Piece& a, const Piece& b) { return a.posting.row < b.posting.row; };
    merged_.postings.clear();
    merged_.positions.clear();
    if (std::is_sorted(pieces_.begin(), pieces_.end(), before)) {
      merged_.positions.swap(bytes_);
      for (const Piece& piece : pieces_) merged_.postings.push_back(piece.posting);
      return merged_;
    }
    std::sort(pieces_.begin(), pieces_.end(), before);
    for (const Piece& piece : pieces_) {
      merged_.postings.push_back(piece.posting);
      merged_.positions.append(bytes_, piece.at, piece.size);
    }
    return merged_;
  }

 private:
  struct Piece {
    Posting posting;
    std::size_t at = 0, size = 0;  // of its positions in bytes_
  };
  std::vector<Piece> pieces_;
  std::string bytes_;
  TermPostings merged_;
};

Status merge_terms(std::span<const MergeInput> inputs, Field field, const Targets& target,
                   const std::function<bool()>& go_on, SegmentWriter& writer) {
  std::vector<std::size_t> at, end;
  for (const MergeInput& input : inputs) {
    at.push_back(input.segment->term_range(field).first);
    end.push_back(input.segment->term_range(field).second);
  }
  TermPostings list;
  TermMerger merger;
  while (true) {
    std::optional<std::string_view> term;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at[i] == end[i]) continue;
      const std::string_view here = inputs[i].segment->term(at[i]);
      if (!term || here < *term) term = here;
    }
    if (!term) return {};
    if (go_on && !go_on()) return Error(Code::cancelled, "the merge was given up");
    merger.clear();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at[i] == end[i] || inputs[i].segment->term(at[i]) != *term) continue;
      NARU_TRY(inputs[i].segment->read_list(at[i]++, list));
      if (!merger.take(list, target[i])) return Error(Code::corrupt, "positions do not fit their postings");
    }
    const TermPostings& merged = merger.merged();
    if (!merged.postings.empty()) writer.add(field, *term, merged);
  }
}

}  // namespace

Result<SegmentFile> merge_segments(std::span<const MergeInput> inputs, const std::string& folder,
                                   const std::function<bool()>& go_on) {
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
  Targets target(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) target[i].assign(inputs[i].segment->rows(), kGone);
  std::vector<SegmentRow> rows;
  rows.reserve(order.size());
  for (const Source& source : order) {
    target[source.input][source.row] = static_cast<std::uint32_t>(rows.size());
    rows.push_back(inputs[source.input].segment->row(source.row));
  }

  Lengths lengths;
  for (std::size_t f = 1; f < kFields; ++f) {
    for (const Source& source : order) {
      const std::uint32_t length = inputs[source.input].segment->length(static_cast<Field>(f), source.row);
      lengths[f].push_back(static_cast<std::uint8_t>(length));
    }
  }

  // 2. In each field the smallest term that an input stands at, its postings from all inputs that stand there, and on.
  SegmentWriter writer(rows, std::move(lengths));
  for (std::size_t f = 0; f < kFields; ++f) {
    NARU_TRY(merge_terms(inputs, static_cast<Field>(f), target, go_on, writer));
  }
  return writer.write(folder);
}

}  // namespace naru
