#include "text/minhash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace naru {

namespace {

// The sequence of splitmix64 (G. Steele et al., 2014): numbers without pattern from one seed.
constexpr std::uint64_t next_number(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

using Numbers = std::array<std::uint32_t, kMinHashes>;

// x -> factor * x + offset: one order of all shingles for each number. Written to disk by what is made of it.
struct Orders {
  Numbers factors{}, offsets{};
};

constexpr Orders kOrders = [] {
  Orders orders;
  std::uint64_t state = 0x6e617275;
  for (std::size_t i = 0; i < kMinHashes; ++i) {
    const std::uint64_t number = next_number(state);
    orders.factors[i] = static_cast<std::uint32_t>(number >> 32) | 1;
    orders.offsets[i] = static_cast<std::uint32_t>(number);
  }
  return orders;
}();

// The loop is one that compilers make vectors of; both builds of it give the same.
[[gnu::always_inline]] inline void take_least(const Shingles& shingles, Numbers& least) {
  for (const std::uint64_t shingle : shingles) {
    const auto x = static_cast<std::uint32_t>(shingle >> 32);
    for (std::size_t i = 0; i < kMinHashes; ++i) {
      least[i] = std::min(least[i], kOrders.factors[i] * x + kOrders.offsets[i]);
    }
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void take_least_avx2(const Shingles& shingles, Numbers& least) { take_least(shingles, least); }
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

Numbers least_numbers(const Shingles& shingles) {
  Numbers least;
  least.fill(std::numeric_limits<std::uint32_t>::max());
#if defined(__x86_64__)
  if (kHasAvx2) {
    take_least_avx2(shingles, least);
    return least;
  }
#endif
  take_least(shingles, least);
  return least;
}

}  // namespace

double missed(const Banding& banding, double likeness) {
  return std::pow(1 - std::pow(likeness, banding.rows), banding.bands);
}

Banding banding_for(double threshold) {
  Banding best{kMinHashes, 1};
  for (std::size_t rows = 2; rows <= kMinHashes; ++rows) {
    const Banding banding{kMinHashes / rows, rows};
    if (missed(banding, threshold) <= kMissedMax) best = banding;
  }
  return best;
}

std::vector<std::uint32_t> bands_of(const Shingles& shingles, const Banding& banding) {
  if (shingles.empty()) return {};
  const Numbers least = least_numbers(shingles);
  std::vector<std::uint32_t> bands;
  bands.reserve(banding.bands);
  for (std::size_t band = 0; band < banding.bands; ++band) {
    std::uint64_t hash = band;
    for (std::size_t row = 0; row < banding.rows; ++row) {
      hash ^= least[band * banding.rows + row];
      hash = next_number(hash);
    }
    bands.push_back(static_cast<std::uint32_t>(hash >> 32));
  }
  return bands;
}

}  // namespace naru
