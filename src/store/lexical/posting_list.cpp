#include "store/lexical/posting_list.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "store/lexical/bit_packing.h"

namespace naru {

namespace {

// Of one block in the table before a list of several: u32 last row, u32 where its bytes end, BlockBest.
constexpr std::size_t kEndAt = 4, kBestAt = 8, kSkipBytes = kBestAt + sizeof(BlockBest);
constexpr std::size_t kPlaceSkipBytes = 4;  // the same before its positions: u32 where they end

// Before the numbers of a block, a byte: in its low five bits the width of the row distances, which is at most 30;
// above them that of the frequencies. It has but three bits: of seven and more a second byte tells.
constexpr unsigned kRowsWidthBits = 5, kRowsWidthMask = (1U << kRowsWidthBits) - 1, kMoreWidthOpen = 7;

// Frequencies from here on share a place in BlockBest.
constexpr std::uint32_t kFrequentFrom = 4;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void put_number(std::string& bytes, std::size_t at, std::uint64_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

BlockBest best_of(std::span<const Posting> postings, std::span<const std::uint8_t> classes) {
  BlockBest best;
  for (const Posting& posting : postings) {
    std::uint8_t& shortest = best.shortest[std::min(posting.frequency, kFrequentFrom) - 1];
    const std::uint8_t last = BlockBest::kNone - 1;
    shortest = std::min(shortest, std::min(classes[posting.row], last));
    const auto most = std::min<std::uint32_t>(posting.frequency, BlockBest::kFrequencyOpen);
    best.frequency = std::max(best.frequency, static_cast<std::uint8_t>(most));
  }
  return best;
}

// Distances less one, from the row before (from −1 before the first), and frequencies less one.
void append_block(std::string& bytes, std::span<const Posting> postings, std::uint32_t next_row) {
  std::array<std::uint32_t, kPostingsBlock> distances, more;
  std::uint32_t all_distances = 0, all_more = 0;
  for (std::size_t i = 0; i < postings.size(); ++i) {
    distances[i] = postings[i].row - next_row;
    more[i] = postings[i].frequency - 1;
    next_row = postings[i].row + 1;
    all_distances |= distances[i];
    all_more |= more[i];
  }
  const auto rows_width = static_cast<unsigned>(std::bit_width(all_distances));
  const auto more_width = static_cast<unsigned>(std::bit_width(all_more));
  bytes += static_cast<char>(rows_width | std::min(more_width, kMoreWidthOpen) << kRowsWidthBits);
  if (more_width >= kMoreWidthOpen) bytes += static_cast<char>(more_width);
  pack(bytes, {distances.data(), postings.size()}, rows_width);
  pack(bytes, {more.data(), postings.size()}, more_width);
}

std::size_t blocks_of(std::uint64_t postings) { return (postings + kPostingsBlock - 1) / kPostingsBlock; }

}  // namespace

// ---- writing ----

void append_postings(std::string& bytes, std::span<const Posting> postings, std::span<const std::uint8_t> classes) {
  const std::size_t blocks = blocks_of(postings.size());
  const std::size_t table = bytes.size(), start = table + (blocks > 1 ? blocks * kSkipBytes : 0);
  bytes.resize(start);
  std::uint32_t next_row = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t first = b * kPostingsBlock;
    const auto block = postings.subspan(first, std::min(kPostingsBlock, postings.size() - first));
    append_block(bytes, block, next_row);
    next_row = block.back().row + 1;
    if (blocks == 1) return;
    const std::size_t skip = table + b * kSkipBytes;
    put_number(bytes, skip, block.back().row);
    put_number(bytes, skip + kEndAt, bytes.size() - start);
    const BlockBest best = best_of(block, classes);
    std::memcpy(bytes.data() + skip + kBestAt, &best, sizeof best);
  }
}

bool append_positions(std::string& bytes, const TermPostings& term) {
  const char* const start = term.positions.data();
  const char* const end = start + term.positions.size();
  const char* at = start;
  const std::size_t blocks = blocks_of(term.postings.size()), table = bytes.size();
  if (blocks > 1) bytes.resize(table + blocks * kPlaceSkipBytes);
  for (std::size_t b = 0; b < blocks; ++b) {
    std::uint64_t count = 0;
    const std::size_t last = std::min((b + 1) * kPostingsBlock, term.postings.size());
    for (std::size_t i = b * kPostingsBlock; i < last; ++i) count += term.postings[i].frequency;
    at = skip_varints(at, end, count);
    if (at == nullptr) return false;
    if (blocks > 1) put_number(bytes, table + b * kPlaceSkipBytes, static_cast<std::uint64_t>(at - start));
  }
  bytes += term.positions;
  return at == end;
}

// ---- reading ----

bool PostingList::tables_fit(std::uint64_t count, std::uint64_t bytes, std::uint64_t positions) {
  const std::uint64_t blocks = blocks_of(count);
  return blocks <= 1 || (blocks * kSkipBytes <= bytes && blocks * kPlaceSkipBytes <= positions);
}

std::uint64_t PostingList::last_row(std::size_t block) const {
  return blocks() == 1 ? rows_ - 1 : number_at(bytes_, block * kSkipBytes);
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

BlockBest PostingList::best(std::size_t block) const {
  BlockBest best;
  std::memcpy(&best, bytes_.data() + block * kSkipBytes + kBestAt, sizeof best);
  return best;
}

std::size_t PostingList::decode(std::size_t block, Block& out) const {
  const std::size_t all = blocks();
  const std::size_t count = block + 1 < all ? kPostingsBlock : count_ - block * kPostingsBlock;
  std::string_view bytes = bytes_;
  if (all > 1) {
    const std::size_t begin = block == 0 ? 0 : number_at(bytes_, (block - 1) * kSkipBytes + kEndAt);
    const std::size_t end = number_at(bytes_, block * kSkipBytes + kEndAt);
    bytes.remove_prefix(all * kSkipBytes);
    if (begin > end || end > bytes.size() || (block + 1 == all && end != bytes.size())) return 0;
    bytes = bytes.substr(begin, end - begin);
  }
  if (bytes.empty()) return 0;
  const unsigned widths = static_cast<unsigned char>(bytes[0]), rows_width = widths & kRowsWidthMask;
  unsigned more_width = widths >> kRowsWidthBits;
  bytes.remove_prefix(1);
  if (more_width == kMoreWidthOpen) {
    if (bytes.empty()) return 0;
    more_width = static_cast<unsigned char>(bytes[0]);
    if (more_width >= kPackedWidthMax) return 0;  // one more must fit too
    bytes.remove_prefix(1);
  }
  const std::size_t rows_bytes = packed_bytes(count, rows_width), more_bytes = packed_bytes(count, more_width);
  if (bytes.size() != rows_bytes + more_bytes) return 0;
  unpack(bytes.substr(0, rows_bytes), count, rows_width, out.rows.data());
  unpack(bytes.substr(rows_bytes), count, more_width, out.frequencies.data());
  // Distances are 32 bits, so that 64 hold their sum; rows ascend, so that the last tells of all.
  std::uint64_t next_row = first_row(block);
  for (std::size_t i = 0; i < count; ++i) {
    next_row += out.rows[i];
    out.rows[i] = static_cast<std::uint32_t>(next_row);
    ++next_row;
    ++out.frequencies[i];
  }
  const std::uint64_t last = next_row - 1;
  return last < rows_ && (all == 1 || last == last_row(block)) ? count : 0;
}

std::string_view PostingList::position_bytes(std::size_t block) const {
  if (blocks() == 1) return positions_;
  const std::string_view bytes = positions_.substr(blocks() * kPlaceSkipBytes);
  const std::size_t begin = block == 0 ? 0 : number_at(positions_, (block - 1) * kPlaceSkipBytes);
  const std::size_t end = number_at(positions_, block * kPlaceSkipBytes);
  const bool last = block + 1 == blocks();
  if (begin > end || end > bytes.size() || (last && end != bytes.size())) return {};
  return bytes.substr(begin, end - begin);
}

bool PostingList::read(TermPostings& out) const {
  out.postings.clear();
  out.positions.clear();
  Block block;
  for (std::size_t b = 0; b < blocks(); ++b) {
    const std::size_t count = decode(b, block);
    if (count == 0) return false;
    std::uint64_t places = 0;
    for (std::size_t i = 0; i < count; ++i) {
      out.postings.push_back({block.rows[i], block.frequencies[i]});
      places += block.frequencies[i];
    }
    // What the table says must be where a block's positions end.
    const std::string_view bytes = position_bytes(b);
    if (bytes.empty() || skip_varints(bytes.data(), bytes.data() + bytes.size(), places) != bytes.end()) return false;
    out.positions += bytes;
  }
  return true;
}

bool PostingList::is_written_as(const TermPostings& term, std::span<const std::uint8_t> classes) const {
  std::string postings, positions;
  append_postings(postings, term.postings, classes);
  return postings == bytes_ && append_positions(positions, term) && positions == positions_;
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
  if (block_.rows[count_ - 1] < row) {
    load(list_.block_of(row, number_ + 1));
    if (count_ == 0) return;
  }
  const auto first = block_.rows.begin();
  const auto found = std::lower_bound(first + static_cast<std::ptrdiff_t>(at_),
                                      first + static_cast<std::ptrdiff_t>(count_), row);
  at_ = static_cast<std::size_t>(found - first);
  if (at_ == count_) load(number_ + 1);  // the table of a damaged list says more than it holds
}

bool PostingCursor::positions(std::vector<std::uint32_t>& out) {
  out.clear();
  if (places_at_ > at_) {
    places_ = list_.position_bytes(number_);
    places_at_ = 0;
  }
  std::uint64_t before = 0;
  for (; places_at_ < at_; ++places_at_) before += block_.frequencies[places_at_];
  const char* const end = places_.data() + places_.size();
  const char* const start = skip_varints(places_.data(), end, before);
  const char* at = start;
  if (start == nullptr ||
      !each_position(at, end, frequency(), [&](std::uint32_t position) { out.push_back(position); })) {
    places_at_ = ~0ULL;
    out.clear();
    return false;
  }
  places_ = {start, static_cast<std::size_t>(end - start)};
  return true;
}

}  // namespace naru
