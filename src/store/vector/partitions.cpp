#include "store/vector/partitions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/assert.h"
#include "runtime/random.h"
#include "store/vector/half.h"
#include "store/vector/row_coder.h"
#include "store/vector/scan.h"

namespace naru {

namespace {

// Rows of the sample for each partition. 16 leave centroids noticeably worse, 64 not noticeably better.
constexpr std::size_t kSamplePerPartition = 32;

// Rounds of k-means; the sum of distances hardly falls after five.
constexpr int kRounds = 6;

// Parts are looked for under so many guides: with one of 64, one row in 13 misses the nearest centroid.
constexpr std::size_t kGuidesAsked = 2;

// Any seed does; changing it changes every partition (docs/format/vectors.md).
constexpr std::uint64_t kSeed = 0x6e617275;  // "naru"

std::size_t nearest(std::span<const float> products, std::span<const float> halves) {
  std::size_t best = 0;
  float highest = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < products.size(); ++i) {
    const float score = products[i] - halves[i];  // greatest where the distance is least
    if (score > highest) {
      highest = score;
      best = i;
    }
  }
  return best;
}

// k centroids of some rows of the file.
class KMeans {
 public:
  KMeans(const VectorRows& rows, std::span<const std::uint32_t> members, std::size_t count)
      : rows_(rows), members_(members), dims_(rows.dims()), count_(count), centroids_(count * dims_), halves_(count),
        of_(members.size(), 0), values_(dims_), products_(count) {
    for (std::size_t c = 0; c < count_; ++c) {
      std::copy_n(rows.row(members[c * members.size() / count_]), dims_, centroids_.data() + c * dims_);
      measure(c);
    }
    for (int round = 0; round < kRounds; ++round) {
      assign();
      move();
    }
    assign();
  }

  std::span<const std::uint16_t> centroids() const { return centroids_; }
  std::span<const float> halves() const { return halves_; }
  const std::vector<std::uint32_t>& of() const { return of_; }  // each member's centroid

 private:
  void measure(std::size_t c) {
    double squares = 0;
    for (std::size_t d = 0; d < dims_; ++d) {
      const double value = from_half(centroids_[c * dims_ + d]);
      squares += value * value;
    }
    halves_[c] = static_cast<float>(squares / 2);
  }

  void assign() {
    for (std::size_t m = 0; m < members_.size(); ++m) {
      widen_row(rows_, members_[m], values_);
      half_dots(centroids_.data(), count_, values_, products_.data());
      of_[m] = static_cast<std::uint32_t>(nearest(products_, halves_));
    }
  }

  // A centroid that no member is nearest to stays where it was.
  void move() {
    std::vector<double> sums(count_ * dims_, 0.0);
    std::vector<std::size_t> sizes(count_, 0);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      widen_row(rows_, members_[m], values_);
      ++sizes[of_[m]];
      for (std::size_t d = 0; d < dims_; ++d) sums[of_[m] * dims_ + d] += values_[d];
    }
    for (std::size_t c = 0; c < count_; ++c) {
      if (sizes[c] == 0) continue;
      for (std::size_t d = 0; d < dims_; ++d) {
        const double mean = sums[c * dims_ + d] / static_cast<double>(sizes[c]);
        centroids_[c * dims_ + d] = to_half(static_cast<float>(mean));
      }
      measure(c);
    }
  }

  const VectorRows& rows_;
  const std::span<const std::uint32_t> members_;
  const std::size_t dims_, count_;
  std::vector<std::uint16_t> centroids_;
  std::vector<float> halves_;
  std::vector<std::uint32_t> of_;
  std::vector<float> values_, products_;
};

// Spread evenly over the rows, one out of each stretch: every so manieth would fall in step with documents that have
// their rows in a rhythm. Without those that are no rows of numbers.
std::vector<std::uint32_t> sample_of(const VectorRows& rows, std::uint64_t trained, std::size_t size) {
  std::vector<std::uint32_t> sample;
  std::vector<float> values(rows.dims());
  Random random(kSeed);
  const std::uint64_t count = std::min<std::uint64_t>(size, trained);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t from = i * trained / count, to = (i + 1) * trained / count;
    const std::uint64_t row = from + random.below(to - from);
    if (widen_row(rows, row, values)) sample.push_back(static_cast<std::uint32_t>(row));
  }
  return sample;
}

template <class T>
void append(std::string& bytes, std::span<const T> values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

template <class T>
const T* take(std::string_view& bytes, std::size_t count) {
  const T* const at = reinterpret_cast<const T*>(bytes.data());
  bytes.remove_prefix(count * sizeof(T));
  return at;
}

}  // namespace

// Four times the root, as a power of two: parts grow with the file, so that as much time goes into centroids as into
// codes.
std::size_t partitions_wanted(std::uint64_t coded) {
  if (coded < kPartitionedRowsMin) return 0;
  return std::size_t{4} << (std::bit_width(coded) / 2);
}

TrainedCentroids train_centroids(const VectorRows& rows, std::uint64_t trained, std::size_t wanted) {
  NARU_ASSERT(wanted > 0);
  const std::vector<std::uint32_t> sample = sample_of(rows, trained, wanted * kSamplePerPartition);
  if (sample.empty()) return {};
  const KMeans guides(rows, sample, Centroids::kGuides);
  std::vector<std::vector<std::uint32_t>> under(Centroids::kGuides);
  for (std::size_t m = 0; m < sample.size(); ++m) under[guides.of()[m]].push_back(sample[m]);

  std::vector<std::uint32_t> firsts = {0};
  std::vector<std::uint16_t> centroids;
  std::vector<float> halves;
  for (const std::vector<std::uint32_t>& members : under) {  // each guide has its share of the partitions
    if (!members.empty()) {
      const KMeans parts(rows, members, std::max<std::size_t>(1, members.size() * wanted / sample.size()));
      centroids.insert(centroids.end(), parts.centroids().begin(), parts.centroids().end());
      halves.insert(halves.end(), parts.halves().begin(), parts.halves().end());
    }
    firsts.push_back(static_cast<std::uint32_t>(halves.size()));
  }
  TrainedCentroids trained_centroids;
  trained_centroids.partitions = halves.size();
  std::string& bytes = trained_centroids.bytes;
  append(bytes, guides.halves());
  append(bytes, std::span<const float>(halves));
  append(bytes, std::span<const std::uint32_t>(firsts));
  append(bytes, guides.centroids());
  append(bytes, std::span<const std::uint16_t>(centroids));
  NARU_ASSERT(bytes.size() == Centroids::bytes_of(rows.dims(), halves.size()));
  return trained_centroids;
}

std::size_t Centroids::bytes_of(std::size_t dims, std::size_t partitions) {
  return (kGuides + partitions) * (sizeof(float) + dims * sizeof(std::uint16_t)) +
         (kGuides + 1) * sizeof(std::uint32_t);
}

Centroids::Centroids(std::string_view bytes, std::size_t dims, std::size_t partitions)
    : dims_(dims), partitions_(partitions) {
  NARU_ASSERT(bytes.size() == bytes_of(dims, partitions));
  guide_halves_ = take<float>(bytes, kGuides);
  halves_ = take<float>(bytes, partitions);
  firsts_ = take<std::uint32_t>(bytes, kGuides + 1);
  guides_ = take<std::uint16_t>(bytes, kGuides * dims);
  rows_ = take<std::uint16_t>(bytes, partitions * dims);
}

bool Centroids::sound() const {
  if (partitions_ == 0) return true;
  return firsts_[0] == 0 && firsts_[kGuides] == partitions_ && std::is_sorted(firsts_, firsts_ + kGuides + 1);
}

std::size_t Centroids::partition_of(std::span<const float> row) const {
  std::array<float, kGuides> products;
  half_dots(guides_, kGuides, row, products.data());
  std::vector<float> below;
  std::size_t found = 0;
  float highest = -std::numeric_limits<float>::infinity();
  for (std::size_t asked = 0; asked < kGuidesAsked; ++asked) {
    const std::size_t guide = nearest(products, {guide_halves_, kGuides});
    products[guide] = -std::numeric_limits<float>::infinity();
    const std::size_t first = firsts_[guide], count = firsts_[guide + 1] - first;
    if (count == 0) continue;
    below.resize(count);
    half_dots(rows_ + first * dims_, count, row, below.data());
    const std::size_t best = nearest(below, {halves_ + first, count});
    if (below[best] - halves_[first + best] <= highest) continue;
    highest = below[best] - halves_[first + best];
    found = first + best;
  }
  return found;
}

std::vector<float> Centroids::nearness(std::span<const float> query) const {
  std::vector<float> scores(partitions_);
  half_dots(rows_, partitions_, query, scores.data());
  for (std::size_t i = 0; i < partitions_; ++i) scores[i] -= halves_[i];
  return scores;
}

}  // namespace naru
