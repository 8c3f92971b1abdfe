#include "text/minhash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

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

// Of two vectors of orders at a time the least numbers stay in registers while the shingles pass. Vectors of 16 and of
// 32 bytes give the same numbers.
using Lanes16 [[gnu::vector_size(16)]] = std::uint32_t;
using Lanes32 [[gnu::vector_size(32)]] = std::uint32_t;

template <class Lanes>
[[gnu::always_inline]] inline void take_least(const Shingles& shingles, Numbers& least) {
  constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(std::uint32_t);
  static_assert(kMinHashes % (2 * kLanes) == 0);
  for (std::size_t at = 0; at < kMinHashes; at += 2 * kLanes) {
    Lanes factors[2], offsets[2];
    std::memcpy(factors, &kOrders.factors[at], sizeof factors);
    std::memcpy(offsets, &kOrders.offsets[at], sizeof offsets);
    Lanes first = ~Lanes{}, second = ~Lanes{};
    for (const std::uint32_t x : shingles) {
      const Lanes one = factors[0] * x + offsets[0], other = factors[1] * x + offsets[1];
      first = one < first ? one : first;
      second = other < second ? other : second;
    }
    std::memcpy(&least[at], &first, sizeof first);
    std::memcpy(&least[at + kLanes], &second, sizeof second);
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void take_least_avx2(const Shingles& shingles, Numbers& least) {
  take_least<Lanes32>(shingles, least);
}
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

Numbers least_numbers(const Shingles& shingles, [[maybe_unused]] VectorWidth width) {
  Numbers least;
#if defined(__x86_64__)
  if (kHasAvx2 && width == VectorWidth::widest) {
    take_least_avx2(shingles, least);
    return least;
  }
#endif
  take_least<Lanes16>(shingles, least);
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

std::vector<std::uint32_t> bands_of(const Shingles& shingles, const Banding& banding, VectorWidth width) {
  if (shingles.empty()) return {};
  const Numbers least = least_numbers(shingles, width);
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
