#include "text/shingle_sketch.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

#include "base/little_endian.h"

namespace naru {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr unsigned kLowerBitsMax = 31;
constexpr std::uint32_t kGreatest = std::numeric_limits<std::uint32_t>::max();

Error damaged() { return Error(Code::corrupt, "a kept sketch of a text is damaged"); }

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  // The lowest `count` bits of a number that has no others, 32 at most.
  void put(std::uint64_t bits, unsigned count) {
    held_ |= bits << used_;
    used_ += count;
    if (used_ < 32) return;
    put_le(out_, static_cast<std::uint32_t>(held_));
    held_ >>= 32;
    used_ -= 32;
  }
  void zeros(std::uint64_t count) {
    for (; count > 0; count -= std::min<std::uint64_t>(count, 32)) {
      put(0, static_cast<unsigned>(std::min<std::uint64_t>(count, 32)));
    }
  }
  void finish() {
    for (; used_ > 0; used_ -= std::min(used_, 8U), held_ >>= 8) out_ += static_cast<char>(held_ & 0xff);
  }

 private:
  std::string& out_;
  std::uint64_t held_ = 0;
  unsigned used_ = 0;  // bits of it, below 32 between calls
};

// Past the end there are zeros; at() says that.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t take(unsigned count) {
    const std::uint64_t bits = window() & ((std::uint64_t{1} << count) - 1);
    at_ += count;
    return bits;
  }
  // How many stand before the next one, and that one; where there is none, past the end.
  std::uint64_t zeros() {
    std::uint64_t count = 0;
    for (; at_ < size(); at_ += kWindow, count += kWindow) {
      const auto before = static_cast<unsigned>(std::countr_zero(window()));
      if (before >= kWindow) continue;
      at_ += before + 1;
      return count + before;
    }
    at_ = size() + 1;
    return count;
  }
  std::uint64_t at() const { return at_; }
  std::uint64_t size() const { return bytes_.size() * 8; }

 private:
  static constexpr unsigned kWindow = 57;  // bits that eight bytes hold, wherever in the first one they begin

  std::uint64_t window() const {
    std::uint64_t bits = 0;
    const std::size_t first = std::min<std::size_t>(at_ / 8, bytes_.size());
    std::memcpy(&bits, bytes_.data() + first, std::min(sizeof bits, bytes_.size() - first));
    return (bits >> (at_ % 8)) & ((std::uint64_t{1} << kWindow) - 1);
  }

  std::string_view bytes_;
  std::uint64_t at_ = 0;  // bits
};

// So that the lower part of a gap is about as long as the gap is in the mean.
unsigned lower_bits(const Shingles& least) {
  const std::uint32_t mean_gap = least.back() / static_cast<std::uint32_t>(least.size());
  return static_cast<unsigned>(std::bit_width(mean_gap | 1U)) - 1;
}

SketchHead read_head(BoundedReader& reader) {
  SketchHead head;
  const bool known = reader.number<std::uint8_t>() == kVersion;
  head.count = reader.number<std::uint32_t>();
  if (!known || head.count == 0) return head;
  head.bands.resize(reader.number<std::uint8_t>());
  for (std::uint32_t& band : head.bands) band = reader.number<std::uint32_t>();
  return head;
}

}  // namespace

ShingleSketch make_sketch(const Shingles& shingles, const Banding& banding) {
  ShingleSketch sketch;
  sketch.head = {static_cast<std::uint32_t>(shingles.size()), bands_of(shingles, banding)};
  const std::size_t kept = std::min(shingles.size(), kSketchShingles);
  sketch.least.assign(shingles.begin(), shingles.begin() + static_cast<std::ptrdiff_t>(kept));
  return sketch;
}

std::string pack_sketch(const ShingleSketch& sketch) {
  std::string bytes;
  bytes.reserve(8 + 4 * sketch.head.bands.size() + 4 * sketch.least.size());
  put_le(bytes, kVersion);
  put_le(bytes, sketch.head.count);
  if (sketch.head.count == 0) return bytes;
  put_le(bytes, static_cast<std::uint8_t>(sketch.head.bands.size()));
  for (const std::uint32_t band : sketch.head.bands) put_le(bytes, band);
  const unsigned lower = lower_bits(sketch.least);
  put_le(bytes, static_cast<std::uint8_t>(lower));
  BitWriter bits(bytes);
  std::uint64_t next = 0;  // the least that may come
  for (const std::uint32_t shingle : sketch.least) {
    const std::uint64_t gap = shingle - next, zeros = gap >> lower;
    const std::uint64_t rest = 1 | (gap & ((std::uint64_t{1} << lower) - 1)) << 1;
    if (zeros + 1 + lower <= 32) {
      bits.put(rest << zeros, static_cast<unsigned>(zeros) + 1 + lower);
    } else {
      bits.zeros(zeros);
      bits.put(rest, 1 + lower);
    }
    next = std::uint64_t{shingle} + 1;
  }
  bits.finish();
  return bytes;
}

Result<SketchHead> unpack_sketch_head(std::string_view bytes) {
  if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != kVersion) return damaged();
  BoundedReader reader(bytes);
  SketchHead head = read_head(reader);
  if (!reader.ok()) return damaged();
  return head;
}

Result<ShingleSketch> unpack_sketch(std::string_view bytes) {
  ShingleSketch sketch {
    NARU_TRY(unpack_sketch_head(bytes))
    , {}
  };
  constexpr std::size_t kHeadBytes = 1 + sizeof(sketch.head.count);
  if (sketch.head.count == 0) {
    if (bytes.size() != kHeadBytes) return damaged();
    return sketch;
  }
  bytes.remove_prefix(kHeadBytes + 1 + sketch.head.bands.size() * sizeof(std::uint32_t));
  if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) > kLowerBitsMax) return damaged();
  const auto lower = static_cast<std::uint8_t>(bytes.front());
  BitReader bits(bytes.substr(1));
  const std::size_t kept = std::min<std::size_t>(sketch.head.count, kSketchShingles);
  sketch.least.reserve(kept);
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    const std::uint64_t upper = bits.zeros();
    if (upper > kGreatest >> lower) return damaged();
    const std::uint64_t shingle = next + (upper << lower) + bits.take(lower);
    if (bits.at() > bits.size() || shingle > kGreatest) return damaged();
    sketch.least.push_back(static_cast<std::uint32_t>(shingle));
    next = shingle + 1;
  }
  const std::uint64_t left = bits.size() - bits.at();
  if (left >= 8 || bits.take(static_cast<unsigned>(left)) != 0) return damaged();
  return sketch;
}

double jaccard(const ShingleSketch& a, const ShingleSketch& b) {
  std::uint32_t known_to = kGreatest;
  for (const ShingleSketch* one : {&a, &b}) {
    if (one->head.count > one->least.size()) known_to = std::min(known_to, one->least.back());
  }
  const auto known = [&](const Shingles& least) {
    return std::span(least.begin(), std::upper_bound(least.begin(), least.end(), known_to));
  };
  return jaccard(known(a.least), known(b.least));
}

}  // namespace naru
