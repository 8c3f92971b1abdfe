// Any bytes as a segment file, and any bytes over the postings of a good one: refused or read, never a crash, never a
// row outside the segment.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/files.h"
#include "store/lexical/bm25.h"
#include "store/lexical/segment_builder.h"
#include "store/lexical/segment_merge.h"

namespace {

constexpr std::size_t kHeaderBytes = 112;
constexpr std::size_t kPostingsAt = 80;  // in the header: where the postings start

// Walks a list as a phrase query does: from row to row, and asks for places.
void walk(const naru::PostingList& list, std::size_t rows) {
  std::vector<std::uint32_t> positions;
  std::uint64_t last = 0;
  std::size_t seen = 0;
  for (naru::PostingCursor cursor(list); cursor.row() != naru::PostingCursor::kEnd; ++seen) {
    if (cursor.row() >= rows || cursor.row() < last || seen > rows) std::abort();
    last = cursor.row();
    const bool read = cursor.positions(positions);
    if (read ? positions.size() != cursor.frequency() : !positions.empty()) std::abort();
    if (!std::is_sorted(positions.begin(), positions.end())) std::abort();
    if (seen % 3 == 0) cursor.advance_to(last + 1 + seen);
    else cursor.next();
  }
}

void read_all(const std::string& folder, const std::string& name) {
  const auto segment = naru::Segment::open(folder, name);
  if (!segment) return;
  for (std::size_t i = 0; i < (*segment)->terms(); ++i) {
    const naru::Field field = (*segment)->field_of(i);
    for (const naru::Posting& posting : (*segment)->postings((*segment)->term(i), field)) {
      if (posting.row >= (*segment)->rows()) std::abort();
    }
    walk((*segment)->list(i), (*segment)->rows());
    const auto [first, last] = (*segment)->prefix_range(field, (*segment)->term(i).substr(0, 1));
    if (first > last || last > (*segment)->terms()) std::abort();
  }
  const auto digests = (*segment)->digests();
  if (digests && digests->size() != (*segment)->rows()) std::abort();
  naru::SegmentView view;
  view.segment = *segment;
  view.alive = view.visible = naru::Bitmap((*segment)->rows(), true);
  for (std::size_t i = 0; i < (*segment)->rows(); i += 2) view.visible.clear(i);
  const std::vector<naru::SegmentView> views = {view};
  const std::vector<naru::QueryTerm> terms = {
      {"a", 1.0F}, {"b", 1.0F}, {"c", 1.0F}, {"a", 2.0F, naru::Field::title}};
  for (const auto& one : naru::bm25_top(views, terms, naru::term_statistics(views, terms), {}, 5)) {
    if (!view.visible.test(one.place.row)) std::abort();
  }
  const naru::MergeInput input{segment->get(), &view.visible};
  static_cast<void>(naru::merge_segments({&input, 1}, folder));
}

// 600 rows: "a" in all, "b" in every third, "c" in one, and "a" in the title of every second.
std::string good_segment(const std::string& folder, std::string& name) {
  naru::SegmentBuilder builder;
  for (std::uint32_t i = 0; i < 600; ++i) {
    naru::RowTerms terms;
    for (std::uint32_t again = 0; again <= i % 3; ++again) terms[0].terms.push_back("a");
    if (i % 3 == 0) terms[0].terms.push_back("b");
    if (i == 77) terms[0].terms.push_back("c");
    for (std::uint32_t p = 0; p < terms[0].terms.size(); ++p) terms[0].positions.push_back(p * i);
    if (i % 2 == 0) terms[1] = {{"a"}, {i}};
    builder.add({i + 1, i / 2 + 1, 0, 0, 0}, terms);
  }
  const auto file = builder.write(folder);
  if (!file) std::abort();
  name = file->name;
  return naru::read_file(naru::join_path(folder, name + ".seg")).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto folder = naru::TemporaryFolder::make("segment-fuzz");
  if (!folder) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!naru::write_file(naru::join_path(folder->path(), "any.seg"), bytes)) return 0;
  read_all(folder->path(), "any");

  // Pairs of (u16 place, u8 value) written over the postings; tables and their checksum stay good.
  std::string name;
  std::string good = good_segment(folder->path(), name);
  std::uint64_t postings = 0;
  std::memcpy(&postings, good.data() + kPostingsAt, 8);
  if (postings < kHeaderBytes || postings >= good.size()) std::abort();
  for (std::size_t i = 0; i + 3 <= size; i += 3) {
    const std::size_t place = static_cast<std::size_t>(data[i]) << 8 | data[i + 1];
    good[postings + place % (good.size() - postings)] = static_cast<char>(data[i + 2]);
  }
  if (!naru::write_file(naru::join_path(folder->path(), "edited.seg"), good)) return 0;
  read_all(folder->path(), "edited");
  return 0;
}
