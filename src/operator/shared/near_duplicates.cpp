#include "operator/shared/near_duplicates.h"

#include <algorithm>

#include "base/assert.h"

namespace naru {

namespace {

// Two sets that are as alike as 0.8 share 5.5 of 21 bands in the mean; one that they share by chance is told from
// that by asking for a second, where there are so many bands that this misses next to nothing.
constexpr std::size_t kBandsForTwo = 16;

// Places of the table for each band: at most two of three are taken, and a band that no other has is then looked for in
// five, one after the other, in the mean (D. Knuth, The Art of Computer Programming, vol. 3, 6.4: half of 1 + 1 / (1 -
// 2/3)^2). Each costs a wait for memory, and there are as many as bands.
constexpr std::size_t kPlacesNumerator = 3, kPlacesDenominator = 2;

// What is compared of a band. Which bands meet in the table depends on others of its bits, so that a text is taken for
// one of the same band once in 65,536 neighbours; the sketches then tell them apart.
std::uint16_t part_of(std::uint32_t band) { return static_cast<std::uint16_t>(band); }

}  // namespace

NearDuplicates::NearDuplicates(double threshold, std::size_t texts, SketchOf sketch_of)
    : threshold_(threshold),
      banding_(banding_for(threshold)),
      sketch_of_(std::move(sketch_of)),
      texts_(texts),
      table_(texts * banding_.bands * kPlacesNumerator / kPlacesDenominator + 1) {
  NARU_ASSERT(texts <= kTextsMax);
  counts_.reserve(texts);
  parts_.reserve(texts * banding_.bands);
}

Result<std::optional<NearDuplicates::Number>> NearDuplicates::put(std::string_view packed) {
  const auto number = static_cast<Number>(counts_.size());
  NARU_ASSERT(counts_.size() < texts_);
  const SketchHead head = NARU_TRY(unpack_sketch_head(packed));
  if (head.count > 0 && head.bands.size() != banding_.bands) {
    return Error(Code::corrupt, "a kept sketch of a text was made for another threshold");
  }
  counts_.push_back(head.count);
  for (std::size_t at = 0; at < banding_.bands; ++at) {
    parts_.push_back(head.count == 0 ? std::uint16_t{0} : part_of(head.bands[at]));
  }
  if (head.count == 0) return std::optional<Number>();  // no text without words is a duplicate of another
  if (const std::vector<Number> alike = alike_that_stay(head); !alike.empty()) {
    const ShingleSketch sketch = NARU_TRY(unpack_sketch(packed));
    for (const Number other : alike) {
      if (NARU_TRY(is_near(number, sketch, other))) return std::optional(other);
    }
  }
  stay(number, head);
  return std::optional<Number>();
}

std::size_t NearDuplicates::memory_bytes() const {
  return counts_.capacity() * sizeof(counts_[0]) + parts_.capacity() * sizeof(parts_[0]) +
         table_.capacity() * sizeof(table_[0]);
}

Result<bool> NearDuplicates::is_near(Number number, const ShingleSketch& sketch, Number other) const {
  const auto [fewer, more] = std::minmax(counts_[number], counts_[other]);
  if (fewer < threshold_ * more) return false;  // even if all of the fewer are shared
  const ShingleSketch others = NARU_TRY(unpack_sketch(NARU_TRY(sketch_of_(other))));
  return jaccard(sketch, others) >= threshold_;
}

// Those that stay and share bands with it, in order of rank.
std::vector<NearDuplicates::Number> NearDuplicates::alike_that_stay(const SketchHead& head) const {
  std::vector<Number> shared;  // once for each band
  for (std::size_t at = 0; at < banding_.bands; ++at) {
    const std::uint16_t wanted = part_of(head.bands[at]);
    for (std::size_t place = first_place(at, head.bands[at]); table_[place] != 0;
         place = place + 1 == table_.size() ? 0 : place + 1) {
      const Number other = table_[place] - 1;
      if (parts_[other * banding_.bands + at] == wanted) shared.push_back(other);
    }
  }
  std::sort(shared.begin(), shared.end());
  const std::size_t needed = banding_.bands >= kBandsForTwo ? 2 : 1;
  std::vector<Number> alike;
  for (std::size_t first = 0; first < shared.size();) {
    std::size_t last = first;
    while (last < shared.size() && shared[last] == shared[first]) ++last;
    if (last - first >= needed) alike.push_back(shared[first]);
    first = last;
  }
  return alike;
}

void NearDuplicates::stay(Number number, const SketchHead& head) {
  for (std::size_t at = 0; at < banding_.bands; ++at) {
    std::size_t place = first_place(at, head.bands[at]);
    while (table_[place] != 0) place = place + 1 == table_.size() ? 0 : place + 1;
    table_[place] = number + 1;
  }
}

// The finalizer's multiplier spreads bands, and the number of the band tells those of one value apart.
std::size_t NearDuplicates::first_place(std::size_t at, std::uint32_t band) const {
  const std::uint64_t hash = (std::uint64_t{band} ^ (at << 32)) * 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>((static_cast<unsigned __int128>(hash) * table_.size()) >> 64);
}

}  // namespace naru
