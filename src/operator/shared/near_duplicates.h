// Near duplicates: of texts that say the same only the first stays.
//
// The rule: a text stays if and only if no text of higher rank that stays is within the threshold of it. So what stays
// is a function of the set of texts and of nothing else; likeness is not passed on (a ~ b and b ~ c drop c only if b
// stays or a ~ c). Texts are given in order of rank, so that each is decided once, against those that stay, and none is
// ever looked at again. Bands of MinHash name the pairs that are looked at (text/minhash.h), and the sketches of both
// decide: exactly, where both texts have at most kSketchShingles shingles (text/shingle_sketch.h).
//
// Memory: for each text 4 bytes, and for each of its bands 2 for a part of it and 6 for its place in the table, all
// taken at the start: 172 bytes at 0.8, where there are 21 bands, however long the texts are. Sketches are not kept:
// whoever calls gives them again. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "text/shingle_sketch.h"

namespace naru {

class NearDuplicates {
 public:
  using Number = std::uint32_t;  // of a text: how many were put before it
  // The packed sketch of a text, as it was given.
  using SketchOf = std::function<Result<std::string>(Number)>;

  static constexpr std::size_t kTextsMax = 0xffffffff;

  // For at most `texts`, themselves kTextsMax at most. `threshold` is above 0, at most 1: of 1 the same words in the
  // same order are duplicates.
  NearDuplicates(double threshold, std::size_t texts, SketchOf sketch_of);
  NearDuplicates(const NearDuplicates&) = delete;
  NearDuplicates& operator=(const NearDuplicates&) = delete;

  // The next text in order of rank: nothing, it stays; or the first of those that stay and are within the threshold of
  // it. Errors: corrupt, a sketch is damaged or was made for other bands; those of `sketch_of`.
  Result<std::optional<Number>> put(std::string_view sketch);

  std::size_t memory_bytes() const;

 private:
  Result<bool> is_near(Number number, const ShingleSketch& sketch, Number other) const;
  std::vector<Number> alike_that_stay(const SketchHead& head) const;
  void stay(Number number, const SketchHead& head);
  std::size_t first_place(std::size_t at, std::uint32_t band) const;

  const double threshold_;
  const Banding banding_;
  const SketchOf sketch_of_;
  const std::size_t texts_;

  // Of each text that was put: how many shingles it has, and a part of each of its bands.
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint16_t> parts_;
  // Those that stay, once for each band, from the place of the band on: the number of the text and one; 0: free.
  std::vector<std::uint32_t> table_;
};

}  // namespace naru
