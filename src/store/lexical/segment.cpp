#include "store/lexical/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "naru/id.h"
#include "store/lexical/length_class.h"
#include "store/lexical/segment_layout.h"

namespace naru {

namespace {

static_assert(kSegmentMagic[kSegmentMagicNameBytes] == '0' + kSegmentVersion);

TermRecord record_at(std::string_view table, std::size_t i) {
  TermRecord record{};
  std::memcpy(&record, table.data() + i * sizeof record, sizeof record);
  return record;
}

Error damaged(const std::string& name, std::string_view what) {
  return {Code::corrupt, fmt::format("segment {}: {}; `naru verify --repair` rebuilds it from the truth", name, what)};
}

Error other_version(const std::string& name, char version) {
  return {Code::unsupported,
          fmt::format("segment {} has format {}, this naru reads {}: the next `naru run` builds it anew, "
                      "`naru verify --repair` does it now", name, version, kSegmentMagic[kSegmentMagicNameBytes])};
}

}  // namespace

Result<std::shared_ptr<const Segment>> Segment::open(const std::string& folder, const std::string& name) {
  MappedFile file = NARU_TRY(MappedFile::open(join_path(folder, name + ".seg")));
  const std::shared_ptr<Segment> segment(new Segment(std::move(file)));  // no NARU_TRY inside new: it would leak
  segment->name_ = name;
  NARU_TRY(segment->read_tables());
  return std::shared_ptr<const Segment>(segment);
}

Status Segment::read_tables() {
  const std::string_view file = file_.bytes();
  SegmentHeader header{};
  if (file.size() < sizeof header) return damaged(name_, "too short");
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.magic, kSegmentMagic, kSegmentMagicNameBytes) != 0) return damaged(name_, "not a segment");
  const char version = header.magic[kSegmentMagicNameBytes];
  if (version != kSegmentMagic[kSegmentMagicNameBytes]) {
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
    if (!PostingList::tables_fit(record.count, next.postings_at - record.postings_at,
                                 next.positions_at - record.positions_at)) {
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
  TermPostings all;
  const std::optional<PostingList> found = find(term, field);
  if (!found || !found->read(all)) all.postings.clear();
  return std::move(all.postings);
}

Status Segment::read_list(std::size_t i, TermPostings& out) const {
  if (list(i).read(out)) return {};
  return damaged(name_, fmt::format("the postings of term {} cannot be read", i));
}

Result<std::vector<RowDigest>> Segment::digests() const {
  std::vector<RowDigest> digests(rows_.size());
  TermPostings all;
  for (std::size_t i = 0; i < term_count_; ++i) {
    const std::string_view here = term(i);
    const Field field = field_of(i);
    if (i > of(field).first && here <= term(i - 1)) return damaged(name_, fmt::format("term {} is out of order", i));
    NARU_TRY(read_list(i, all));
    if (!list(i).is_written_as(all, length_classes(field))) {
      return damaged(name_, fmt::format("the postings of term {} are not written as they should be", i));
    }
    const char* at = all.positions.data();
    for (const Posting& posting : all.postings) {
      const bool read = each_position(at, all.positions.data() + all.positions.size(), posting.frequency,
                                      [&](std::uint32_t position) {
                                        add_to_digest(digests[posting.row], field, here, position);
                                      });
      if (!read) return damaged(name_, fmt::format("the positions of term {} cannot be read", i));
    }
  }
  return digests;
}

Status Segment::check_digest() const {
  if (hash128(file_.bytes()).hex() != name_) return damaged(name_, "its bytes are not those it was named for");
  return {};
}

}  // namespace naru
