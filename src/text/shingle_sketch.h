// What is kept of a text to say later how alike it and another are: how many shingles it has, its bands, by which those
// that may be alike are found (text/minhash.h), and of its shingles the least.
//
// Texts of up to kSketchShingles shingles, some 25 kB, are kept whole, and how alike they are is exact. Of a longer one
// the least are a sample (bottom-k; A. Broder, 1997, section 4): shingles are hashes, so that which of them are the
// least has nothing to do with what they say, and up to where the first of two samples ends both have all there is. A
// likeness of 0.8 is then off by 0.006 (its standard error). A sketch is a function of the text and the banding alone.
//
// Packed, all numbers little-endian:
//   offset  size
//   0       1      version, 1
//   1       4      count: distinct shingles of the whole text; 0: nothing follows
//   5       1      how many bands
//   6       4 x    bands
//   ..      1      bits: of the lower part of a gap, 0 to 31
//   ..      ..     for each of the least, in order, how much it is above what it may be (0; one more than the last), in
//                  Rice's code: the upper part as so many zero bits and a one, then the lower part; the first bit is a
//                  byte's lowest, and the last byte is filled up with zeros
// About 3 bytes a shingle: 23.5 bits where there are 1,000, 17 where there are 100,000 (J. Teuhola, A compression
// method for clustered bit-vectors, 1978; R. Rice, 1979). Pure; any thread; equal on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"
#include "text/minhash.h"
#include "text/shingles.h"

namespace naru {

inline constexpr std::size_t kSketchShingles = 4096;

struct SketchHead {
  std::uint32_t count = 0;           // distinct shingles of the whole text
  std::vector<std::uint32_t> bands;  // none where there is no shingle
  bool operator==(const SketchHead&) const = default;
};

struct ShingleSketch {
  SketchHead head;
  Shingles least;  // of the shingles, kSketchShingles at most
  bool operator==(const ShingleSketch&) const = default;
};

ShingleSketch make_sketch(const Shingles& shingles, const Banding& banding);
std::string pack_sketch(const ShingleSketch& sketch);

// corrupt: the bytes are no sketch, or one of another version. The head is read without what stands behind it.
Result<SketchHead> unpack_sketch_head(std::string_view bytes);
Result<ShingleSketch> unpack_sketch(std::string_view bytes);

// Of the shingles, or of the sample as far as both have it.
double jaccard(const ShingleSketch& a, const ShingleSketch& b);

}  // namespace naru
