#include "store/lexical/segment_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "naru/id.h"
#include "store/lexical/length_class.h"

namespace naru {

namespace {

// Offsets within the term bytes, within one posting list and within its positions have 32 bits.
constexpr std::size_t kOffsetMax = (1ULL << 32) - 1;

}  // namespace

SegmentWriter::SegmentWriter(std::span<const SegmentRow> rows, FieldLengths lengths)
    : rows_(rows), lengths_(std::move(lengths)) {
  for (const SegmentRow& row : rows_) classes_[0].push_back(length_class(row.length));
  for (std::size_t f = 1; f < kFields; ++f) {
    for (const std::uint8_t length : lengths_[f]) classes_[f].push_back(length_class(length));
    const auto none = [](std::uint8_t length) { return length == 0; };
    if (std::all_of(lengths_[f].begin(), lengths_[f].end(), none)) lengths_[f].clear();
  }
}

Status SegmentWriter::add(Field field, std::string_view term, const TermPostings& found) {
  ++terms_[static_cast<std::size_t>(field)];
  put_record(found.postings.size());
  append_postings(postings_, found.postings, classes_[static_cast<std::size_t>(field)]);
  if (!append_positions(positions_, found)) return Error(Code::corrupt, "positions do not fit their postings");
  term_bytes_ += term;
  largest_ = std::max({largest_, postings_.size() - records_.back().postings_at,
                       positions_.size() - records_.back().positions_at});
  return {};
}

void SegmentWriter::put_record(std::uint64_t count) {
  records_.push_back({static_cast<std::uint32_t>(term_bytes_.size()), static_cast<std::uint32_t>(count),
                      postings_.size(), positions_.size()});
}

Result<SegmentFile> SegmentWriter::write(const std::string& folder) {
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

std::string SegmentWriter::lay_out() {
  SegmentHeader header{};
  std::memcpy(header.magic, kSegmentMagic, 8);
  header.rows = rows_.size();
  std::copy(terms_.begin(), terms_.end(), header.terms);
  header.row_table = sizeof(SegmentHeader);
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

}  // namespace naru
