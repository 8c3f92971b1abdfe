#include "store/vector/codes.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.h"
#include "runtime/failpoint.h"
#include "store/vector/row_coder.h"

namespace naru {

namespace {

constexpr char kMagic[9] = "NARUCOD1";
constexpr std::size_t kNameAt = 16, kRowsAt = 48, kWantedAt = 56, kPartitionsAt = 60, kBindingAt = 64, kDigestAt = 96;
constexpr std::size_t kCentreAt = 128;
constexpr std::size_t kTrailerBytes = 8;

// Digits of a row count that count, see coded_rows(); with 20,000 rows and more that makes steps of 256 rows and more.
constexpr int kDigits = 7;

// Bytes in memory before they are written.
constexpr std::size_t kPendingBytesMax = 16U << 20;

std::string codes_path(const std::string& folder, const std::string& name) {
  return join_path(folder, name + ".codes");
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::size_t in_cache_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Of everything before the groups, with zeros where the digest stands.
std::uint64_t digest_of(std::string_view head) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  const std::uint64_t none = 0;
  XXH3_64bits_reset(state.get());
  XXH3_64bits_update(state.get(), head.data(), kDigestAt);
  XXH3_64bits_update(state.get(), &none, sizeof none);
  XXH3_64bits_update(state.get(), head.data() + kDigestAt + sizeof none, head.size() - kDigestAt - sizeof none);
  return XXH3_64bits_digest(state.get());
}

// Which row stands where; without partitions all empty, and row i stands at place i.
struct Places {
  std::size_t partitions = 0;
  std::string centroids;
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> order;   // the row at each place
  std::vector<std::uint32_t> places;  // the place of each row
};

// `old` codes of fewer of these rows, by the same centroids, or null.
Places places_of(const VectorRows& rows, std::uint64_t coded, std::size_t wanted, const VectorCodes* old) {
  if (wanted == 0) return {};
  Places places;
  if (old != nullptr) {
    places.partitions = old->centroids().size();
    places.centroids = old->centroid_bytes();
  } else {
    TrainedCentroids trained = train_centroids(rows, std::bit_floor(coded), wanted);
    places.partitions = trained.partitions;
    places.centroids = std::move(trained.bytes);
  }
  if (places.partitions == 0) return {};  // no row of numbers
  const Centroids centroids(places.centroids, rows.dims(), places.partitions);

  std::vector<std::uint32_t> of(coded, 0);  // what is no row of numbers stays in the first
  const std::uint64_t known = old != nullptr ? old->rows() : 0;
  for (std::size_t p = 0; known > 0 && p < places.partitions; ++p) {
    for (std::uint32_t place = old->starts()[p]; place < old->starts()[p + 1]; ++place) {
      of[old->row_at(place)] = static_cast<std::uint32_t>(p);
    }
  }
  std::vector<float> values(rows.dims());
  for (std::uint64_t row = known; row < coded; ++row) {
    if (widen_row(rows, row, values)) of[row] = static_cast<std::uint32_t>(centroids.partition_of(values));
  }

  places.starts.assign(places.partitions + 1, 0);
  for (const std::uint32_t p : of) ++places.starts[p + 1];
  for (std::size_t p = 0; p < places.partitions; ++p) places.starts[p + 1] += places.starts[p];
  places.order.resize(coded);
  places.places.resize(coded);
  std::vector<std::uint32_t> next(places.starts.begin(), places.starts.end() - 1);
  for (std::uint32_t row = 0; row < coded; ++row) {
    const std::uint32_t place = next[of[row]]++;
    places.order[place] = row;
    places.places[row] = place;
  }
  return places;
}

std::string head_of(const std::string& name, const VectorRows& rows, std::uint64_t coded, std::size_t wanted,
                    std::span<const float> centre, const Places& places) {
  std::string bytes(CodeLayout(rows.dims()).groups_at, '\0');
  const auto put = [&](std::size_t at, const auto& value) { std::memcpy(bytes.data() + at, &value, sizeof value); };
  const auto append = [&](const void* from, std::size_t size) {
    bytes.append(static_cast<const char*>(from), size);
    bytes.resize(in_cache_lines(bytes.size()), '\0');
  };
  std::memcpy(bytes.data(), kMagic, 8);
  put(8, rows.dims());
  std::memcpy(bytes.data() + kNameAt, name.data(), std::min(name.size(), kRowsAt - kNameAt));
  put(kRowsAt, coded);
  put(kWantedAt, static_cast<std::uint32_t>(wanted));
  put(kPartitionsAt, static_cast<std::uint32_t>(places.partitions));
  const std::string_view binding = rows.key_entry(coded - 1);
  std::memcpy(bytes.data() + kBindingAt, binding.data(), binding.size());
  std::memcpy(bytes.data() + kCentreAt, centre.data(), centre.size_bytes());
  if (places.partitions > 0) {
    append(places.centroids.data(), places.centroids.size());
    append(places.starts.data(), places.starts.size() * sizeof(std::uint32_t));
    append(places.order.data(), places.order.size() * sizeof(std::uint32_t));
    append(places.places.data(), places.places.size() * sizeof(std::uint32_t));
  }
  put(kDigestAt, digest_of(bytes));
  return bytes;
}

// Makes the groups of a file, one after another; what `old` codes have of the same rows about the same centre is taken
// from there.
class GroupWriter {
 public:
  GroupWriter(const VectorRows& rows, const Places& places, std::vector<float> centre, const VectorCodes* old)
      : places_(places), layout_(rows.dims()), coder_(rows, layout_, std::move(centre)), old_(old),
        code_(layout_.row_bytes, '\0') {}
  const std::vector<float>& centre() const { return coder_.centre(); }

  std::string group(std::uint64_t g) {
    std::string bytes(layout_.group_bytes, '\0');
    for (std::size_t i = 0; i < CodeLayout::kGroupRows; ++i) {
      const std::uint64_t place = g * CodeLayout::kGroupRows + i;
      const std::uint64_t row = places_.order.empty() ? place : places_.order[place];
      if (old_ != nullptr && row < old_->rows()) {
        const std::uint64_t from = old_->place_of(row);
        layout_.get(old_->group(from / CodeLayout::kGroupRows), from % CodeLayout::kGroupRows, code_);
      } else {
        coder_.code(row, code_);
      }
      layout_.put(code_, i, bytes);
    }
    return bytes;
  }

 private:
  const Places& places_;
  const CodeLayout layout_;
  RowCoder coder_;
  const VectorCodes* const old_;
  std::string code_;
};

Error damaged(const std::string& name, std::string_view what) {
  return {Code::corrupt, fmt::format("the codes {} {}; `naru verify --repair` makes them anew", name, what)};
}

}  // namespace

std::uint64_t coded_rows(std::uint64_t rows) {
  if (rows < kCodedRowsMin) return 0;
  const int rest = std::bit_width(rows) - kDigits;
  return rows >> rest << rest;
}

Result<std::shared_ptr<const VectorCodes>> VectorCodes::open(const std::string& folder, const std::string& name,
                                                             const VectorRows& rows) {
  MappedFile file = NARU_TRY(MappedFile::open(codes_path(folder, name)));
  const CodeLayout layout(rows.dims());
  const std::string_view bytes = file.bytes();
  if (bytes.size() < layout.groups_at) return damaged(name, "are too short");
  const auto coded = get<std::uint64_t>(bytes, kRowsAt);
  const bool ours = bytes.starts_with(kMagic) && get<std::uint32_t>(bytes, 8) == rows.dims() &&
                    bytes.substr(kNameAt, name.size()) == name && coded > 0 && coded % CodeLayout::kGroupRows == 0 &&
                    coded <= rows.rows();
  if (!ours || bytes.substr(kBindingAt, rows.key_entry(coded - 1).size()) != rows.key_entry(coded - 1)) {
    return damaged(name, "are of other rows");
  }
  std::shared_ptr<VectorCodes> codes(new VectorCodes(std::move(file), rows.dims(), coded));
  NARU_TRY(codes->read_places(name, get<std::uint32_t>(bytes, kPartitionsAt)));
  codes->wanted_ = get<std::uint32_t>(bytes, kWantedAt);
  codes->centre_.resize(rows.dims());
  std::memcpy(codes->centre_.data(), bytes.data() + kCentreAt, rows.dims() * sizeof(float));
  return std::shared_ptr<const VectorCodes>(std::move(codes));
}

Status VectorCodes::read_places(const std::string& name, std::size_t partitions) {
  const std::string_view bytes = file_.bytes();
  const std::size_t centroids = layout_.groups_at, starts = centroids + in_cache_lines(centroid_size(partitions));
  const std::size_t order = starts + in_cache_lines((partitions + 1) * sizeof(std::uint32_t));
  groups_at_ = partitions == 0 ? centroids : order + 2 * rows_ * sizeof(std::uint32_t);
  if (bytes.size() != groups_at_ + rows_ / CodeLayout::kGroupRows * layout_.group_bytes + kTrailerBytes) {
    return damaged(name, "have not the length that their head says");
  }
  if (digest_of(head()) != get<std::uint64_t>(bytes, kDigestAt)) return damaged(name, "have a damaged head");
  if (partitions == 0) return {};
  centroids_ = Centroids(bytes.substr(centroids, centroid_size(partitions)), layout_.dims, partitions);
  starts_ = {reinterpret_cast<const std::uint32_t*>(bytes.data() + starts), partitions + 1};
  order_ = {reinterpret_cast<const std::uint32_t*>(bytes.data() + order), rows_};
  places_ = {order_.data() + rows_, rows_};
  const auto within = [&](std::uint32_t number) { return number < rows_; };
  const bool sound = centroids_.sound() && starts_.front() == 0 && starts_.back() == rows_ &&
                     std::is_sorted(starts_.begin(), starts_.end()) &&
                     std::all_of(order_.begin(), order_.end(), within) &&
                     std::all_of(places_.begin(), places_.end(), within);
  return sound ? Status() : damaged(name, "have partitions that are none");
}

std::size_t VectorCodes::centroid_size(std::size_t partitions) const {
  return Centroids::bytes_of(layout_.dims, partitions);
}

std::string_view VectorCodes::centroid_bytes() const {
  return file_.bytes().substr(layout_.groups_at, centroid_size(centroids_.size()));
}

std::string_view VectorCodes::group(std::uint64_t g) const {
  NARU_ASSERT(g < rows_ / CodeLayout::kGroupRows);
  return file_.bytes().substr(groups_at_ + g * layout_.group_bytes, layout_.group_bytes);
}

Status VectorCodes::check_digest() const {
  const std::string_view bytes = file_.bytes().substr(0, file_.bytes().size() - kTrailerBytes);
  if (XXH3_64bits(bytes.data(), bytes.size()) == get<std::uint64_t>(file_.bytes(), bytes.size())) return {};
  return Error(Code::corrupt, "the codes are damaged: their checksum does not hold");
}

Status refresh_codes(const std::string& folder, const std::string& name, const VectorRows& rows) {
  const std::uint64_t coded = coded_rows(rows.rows());
  return coded == 0 ? remove_codes(folder, name) : write_codes(folder, name, rows, coded, partitions_wanted(coded));
}

Status write_codes(const std::string& folder, const std::string& name, const VectorRows& rows, std::uint64_t coded,
                   std::size_t partitions) {
  NARU_ASSERT(coded > 0 && coded % CodeLayout::kGroupRows == 0 && coded <= rows.rows());
  const auto old = VectorCodes::open(folder, name, rows);
  if (!old && old.error().code() != Code::not_found && old.error().code() != Code::corrupt) return old.error();
  const bool whole = old && (*old)->check_digest() && (*old)->partitions_wanted() == partitions;
  if (whole && (*old)->rows() == coded) return {};
  // What an earlier file says of the same rows about the same centre holds.
  const bool extends = whole && (*old)->rows() < coded && std::bit_floor((*old)->rows()) == std::bit_floor(coded);
  const VectorCodes* const known = extends ? old->get() : nullptr;
  const Places places = places_of(rows, coded, partitions, known);
  GroupWriter groups(rows, places, known != nullptr ? known->centre() : centre_of(rows, coded), known);

  const std::string path = codes_path(folder, name), beside = path + ".new";  // collected when a writer opens
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> digest(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(digest.get());
  std::string piece = head_of(name, rows, coded, partitions, groups.centre(), places);
  NARU_TRY(write_file(beside, ""));
  const auto flush = [&]() -> Status {
    XXH3_64bits_update(digest.get(), piece.data(), piece.size());
    const Status written = append_file(beside, piece);
    piece.clear();
    return written;
  };
  for (std::uint64_t g = 0; g < coded / CodeLayout::kGroupRows; ++g) {
    piece += groups.group(g);
    if (piece.size() >= kPendingBytesMax) NARU_TRY(flush());
  }
  NARU_TRY(flush());
  const std::uint64_t trailer = XXH3_64bits_digest(digest.get());
  NARU_TRY(append_file(beside, std::string_view(reinterpret_cast<const char*>(&trailer), kTrailerBytes)));
  NARU_TRY(sync_file(beside));
  NARU_FAILPOINT("codes.before_rename");
  NARU_TRY(rename_file(beside, path));
  return sync_folder(folder);
}

Status remove_codes(const std::string& folder, const std::string& name) {
  return remove_file(codes_path(folder, name));
}

Status compare_codes(const VectorCodes& codes, const VectorRows& rows,
                     const std::function<void(std::uint64_t row)>& differs) {
  const Places places = places_of(rows, codes.rows(), codes.partitions_wanted(), nullptr);
  GroupWriter groups(rows, places, centre_of(rows, codes.rows()), nullptr);
  const std::string name(codes.head().substr(kNameAt, kRowsAt - kNameAt));
  if (codes.head() != head_of(name, rows, codes.rows(), codes.partitions_wanted(), groups.centre(), places)) {
    return Error(Code::corrupt, "the centre or the partitions of the codes are not those of the rows");
  }
  const CodeLayout& layout = codes.layout();
  std::string expected_row(layout.row_bytes, '\0'), found_row = expected_row;
  for (std::uint64_t g = 0; g < codes.rows() / CodeLayout::kGroupRows; ++g) {
    const std::string expected = groups.group(g);
    const std::string_view found = codes.group(g);
    if (found == expected) continue;
    for (std::size_t place = 0; place < CodeLayout::kGroupRows; ++place) {
      layout.get(expected, place, expected_row);
      layout.get(found, place, found_row);
      if (found_row != expected_row) differs(codes.row_at(g * CodeLayout::kGroupRows + place));
    }
  }
  return {};
}

}  // namespace naru
