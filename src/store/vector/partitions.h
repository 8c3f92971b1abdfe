// Partitions: rows of a large vector file in parts that lie near each other, so that a query looks at parts near it.
//
// A part has a centroid; each row is of the part whose centroid is nearest, as far as the way down finds it: a few
// dozen guides, centroids of a coarser kind, say among which parts it is looked for. Made by k-means over a fixed
// sample in a fixed order: the same rows give the same bytes, on processors with AVX2 and without.
// docs/format/vectors.md draws the bytes. Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/vector/vector_file.h"

namespace naru {

// Vector files of fewer coded rows are scanned whole: that takes a millisecond there.
inline constexpr std::uint64_t kPartitionedRowsMin = 3U << 16;

// How many partitions codes of so many rows should have; 0: none.
std::size_t partitions_wanted(std::uint64_t coded);

// The centroids, over bytes that someone else owns.
class Centroids {
 public:
  static constexpr std::size_t kGuides = 64;

  Centroids() = default;  // of no partitions
  // `bytes` has bytes_of(dims, partitions).
  Centroids(std::string_view bytes, std::size_t dims, std::size_t partitions);
  static std::size_t bytes_of(std::size_t dims, std::size_t partitions);

  std::size_t size() const { return partitions_; }
  bool sound() const;  // no index leads out
  std::size_t partition_of(std::span<const float> row) const;
  // Of every partition, greater is nearer.
  std::vector<float> nearness(std::span<const float> query) const;

 private:
  std::size_t dims_ = 0, partitions_ = 0;
  const std::uint16_t* guides_ = nullptr;      // f16 rows, as those of the vector file
  const std::uint16_t* rows_ = nullptr;        // of the partitions
  const float* guide_halves_ = nullptr;        // half the squared length of each
  const float* halves_ = nullptr;
  const std::uint32_t* firsts_ = nullptr;      // kGuides + 1: the partitions under each guide
};

struct TrainedCentroids {
  std::string bytes;
  std::size_t partitions = 0;
};

// About `wanted` partitions, by the first `trained` rows alone.
TrainedCentroids train_centroids(const VectorRows& rows, std::uint64_t trained, std::size_t wanted);

}  // namespace naru
