#include "store/vector/codes.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.h"
#include "runtime/failpoint.h"
#include "store/vector/half.h"

namespace naru {

namespace {

constexpr char kMagic[9] = "NARUCOD1";
constexpr std::size_t kNameAt = 16, kRowsAt = 48, kBindingAt = 64, kDigestAt = 96;
constexpr std::size_t kHeaderBytes = 128;  // rows and blocks start on a cache line
constexpr std::size_t kTrailerBytes = 8;

// Digits of a row count that count, see coded_rows(); with 20,000 rows and more that makes steps of 256 rows and more.
constexpr int kDigits = 7;

// The step between the levels of a 4-bit code, in standard deviations: the best for a uniform quantiser of 16 levels
// when numbers are spread normally (Max 1960), as they are after the rotation.
constexpr double kFineStep = 0.3352;

constexpr int kLevels = 16;

// Bytes in memory before they are written.
constexpr std::size_t kPendingBytesMax = 16U << 20;

std::string codes_path(const std::string& folder, const std::string& name) {
  return join_path(folder, name + ".codes");
}

std::uint64_t get64(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, 8);
  return value;
}

void put_float(std::string& bytes, std::size_t at, double value) {
  const auto narrow = static_cast<float>(value);
  std::memcpy(bytes.data() + at, &narrow, 4);
}

// A row as it enters a code; empty for one that was erased or is no row of numbers: it has no share in anything.
bool widen(const VectorRows& rows, std::uint64_t i, std::span<float> values) {
  const std::uint16_t* const row = rows.row(i);
  bool any = false;
  for (std::size_t d = 0; d < rows.dims(); ++d) {
    values[d] = from_half(row[d]);
    if (!std::isfinite(values[d])) return false;
    any = any || values[d] != 0;
  }
  return any;
}

// The mean of the first rows, as many as the largest power of two that is covered: the same while a file grows to twice
// its size, so that the codes before stay as they are.
std::vector<float> centre_of(const VectorRows& rows, std::uint64_t coded) {
  std::vector<float> values(rows.dims()), centre(rows.dims());
  std::vector<double> sum(rows.dims(), 0.0);
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < std::bit_floor(coded); ++i) {
    if (!widen(rows, i, values)) continue;
    ++count;
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += values[d];
  }
  for (std::size_t d = 0; d < sum.size() && count > 0; ++d) {
    centre[d] = static_cast<float>(sum[d] / static_cast<double>(count));
  }
  return centre;
}

// Makes the parts of the file, each from the rows and the centre_of() them alone.
class Coder {
 public:
  Coder(const VectorRows& rows, std::uint64_t coded, std::vector<float> centre)
      : rows_(rows), coded_(coded), layout_(rows.dims()), rotation_(rows.dims()), centre_(std::move(centre)),
        values_(layout_.width) {}

  // Header and centre.
  std::string head(const std::string& name) const {
    std::string bytes(layout_.groups_at, '\0');
    std::memcpy(bytes.data(), kMagic, 8);
    const std::uint32_t dims = rows_.dims();
    std::memcpy(bytes.data() + 8, &dims, 4);
    std::memcpy(bytes.data() + kNameAt, name.data(), std::min(name.size(), kRowsAt - kNameAt));
    std::memcpy(bytes.data() + kRowsAt, &coded_, 8);
    const std::string_view binding = rows_.key_entry(coded_ - 1);
    std::memcpy(bytes.data() + kBindingAt, binding.data(), binding.size());
    std::memcpy(bytes.data() + kHeaderBytes, centre_.data(), centre_.size() * sizeof(float));
    const std::uint64_t digest = XXH3_64bits(bytes.data(), bytes.size());  // over zeros where it will stand
    std::memcpy(bytes.data() + kDigestAt, &digest, 8);
    return bytes;
  }

  std::string group(std::uint64_t g) {
    std::string bytes(layout_.group_bytes, '\0');
    for (std::size_t r = 0; r < CodeLayout::kGroupRows; ++r) code(g * CodeLayout::kGroupRows + r, r, bytes);
    return bytes;
  }

 private:
  void code(std::uint64_t row, std::size_t place, std::string& group) {
    if (!widen(rows_, row, values_)) return;  // all zeros: estimated as the centre is
    double offset = 0;                        // the centre's share in products with this row
    for (std::size_t d = 0; d < rows_.dims(); ++d) {
      values_[d] -= centre_[d];
      offset += static_cast<double>(centre_[d]) * values_[d];
    }
    std::fill(values_.begin() + rows_.dims(), values_.end(), 0.0F);
    rotation_.apply(values_);
    double squares = 0, sum = 0;
    for (const float value : values_) {
      squares += static_cast<double>(value) * value;
      sum += std::abs(value);
    }
    const std::size_t block = place / CodeLayout::kBlockRows, lane = place % CodeLayout::kBlockRows;
    const std::size_t factors = block * layout_.block_bytes + layout_.signs_bytes + lane * 4;
    put_float(group, factors, sum > 0 ? squares / sum : 0);
    put_float(group, factors + CodeLayout::kBlockRows * 4, offset);
    put_signs(block, lane, group);
    put_float(group, layout_.scales_at + place * 4, put_levels(squares, place, group));
  }

  void put_signs(std::size_t block, std::size_t lane, std::string& group) const {
    for (std::size_t byte = 0; byte < layout_.width / 8; ++byte) {
      unsigned bits = 0;
      for (std::size_t b = 0; b < 8; ++b) bits |= (values_[byte * 8 + b] >= 0 ? 1U : 0U) << b;
      group[block * layout_.block_bytes + byte * CodeLayout::kBlockRows + lane] = static_cast<char>(bits);
    }
  }

  // Half bytes u stand for the odd numbers 2u − 15. Returns the factor for products with those.
  double put_levels(double squares, std::size_t place, std::string& group) const {
    const double step = kFineStep * std::sqrt(squares / static_cast<double>(layout_.width));
    if (!(step > 0)) return 0;
    const auto inverse = static_cast<float>(1 / step);
    double product = 0;
    const auto level = [&](std::size_t d) {
      const int u = std::clamp(static_cast<int>(std::floor(values_[d] * inverse)) + kLevels / 2, 0, kLevels - 1);
      product += static_cast<double>(values_[d]) * (2 * u - (kLevels - 1));
      return static_cast<unsigned>(u);
    };
    char* const to = group.data() + layout_.fine_at + place * layout_.fine_bytes;
    for (std::size_t d = 0; d < layout_.width; d += 64) {
      for (std::size_t i = 0; i < 32; ++i) {
        to[d / 2 + i] = static_cast<char>(level(d + i) | (level(d + 32 + i) << 4));
      }
    }
    return product > 0 ? squares / product : 0;
  }

  const VectorRows& rows_;
  const std::uint64_t coded_;
  const CodeLayout layout_;
  const Rotation rotation_;
  std::vector<float> centre_, values_;
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

CodeLayout::CodeLayout(std::size_t numbers) : dims(numbers), width(Rotation::width_of(numbers)) {
  signs_bytes = width / 8 * kBlockRows;
  block_bytes = signs_bytes + 2 * kBlockRows * sizeof(float);
  scales_at = kGroupRows / kBlockRows * block_bytes;
  fine_at = scales_at + kGroupRows * sizeof(float);
  fine_bytes = width / 2;
  group_bytes = fine_at + kGroupRows * fine_bytes;
  groups_at = kHeaderBytes + (dims * sizeof(float) + 63) / 64 * 64;
}

Result<std::shared_ptr<const VectorCodes>> VectorCodes::open(const std::string& folder, const std::string& name,
                                                             const VectorRows& rows) {
  MappedFile file = NARU_TRY(MappedFile::open(codes_path(folder, name)));
  const CodeLayout layout(rows.dims());
  const std::string_view bytes = file.bytes();
  if (bytes.size() < layout.groups_at) return damaged(name, "are too short");
  std::string head(bytes.substr(0, layout.groups_at));
  const std::uint64_t digest = get64(head, kDigestAt), coded = get64(head, kRowsAt);
  std::memset(head.data() + kDigestAt, 0, 8);
  if (XXH3_64bits(head.data(), head.size()) != digest) return damaged(name, "have a damaged head");
  std::uint32_t dims = 0;
  std::memcpy(&dims, head.data() + 8, 4);
  const bool ours = std::memcmp(head.data(), kMagic, 8) == 0 && dims == rows.dims() &&
                    head.substr(kNameAt, name.size()) == name && coded > 0 && coded % CodeLayout::kGroupRows == 0 &&
                    coded <= rows.rows();
  if (!ours || head.substr(kBindingAt, rows.key_entry(coded - 1).size()) != rows.key_entry(coded - 1)) {
    return damaged(name, "are of other rows");
  }
  if (bytes.size() != layout.groups_at + coded / CodeLayout::kGroupRows * layout.group_bytes + kTrailerBytes) {
    return damaged(name, "have not the length that their head says");
  }
  std::shared_ptr<VectorCodes> codes(new VectorCodes(std::move(file), dims, coded));
  codes->centre_.resize(dims);
  std::memcpy(codes->centre_.data(), head.data() + kHeaderBytes, dims * sizeof(float));
  return std::shared_ptr<const VectorCodes>(std::move(codes));
}

std::string_view VectorCodes::group(std::uint64_t g) const {
  NARU_ASSERT(g < rows_ / CodeLayout::kGroupRows);
  return file_.bytes().substr(layout_.groups_at + g * layout_.group_bytes, layout_.group_bytes);
}

Status VectorCodes::check_digest() const {
  const std::string_view bytes = file_.bytes().substr(0, file_.bytes().size() - kTrailerBytes);
  if (XXH3_64bits(bytes.data(), bytes.size()) == get64(file_.bytes(), bytes.size())) return {};
  return Error(Code::corrupt, "the codes are damaged: their checksum does not hold");
}

Status refresh_codes(const std::string& folder, const std::string& name, const VectorRows& rows) {
  const std::uint64_t coded = coded_rows(rows.rows());
  return coded == 0 ? remove_codes(folder, name) : write_codes(folder, name, rows, coded);
}

Status write_codes(const std::string& folder, const std::string& name, const VectorRows& rows, std::uint64_t coded) {
  NARU_ASSERT(coded > 0 && coded % CodeLayout::kGroupRows == 0 && coded <= rows.rows());
  const auto old = VectorCodes::open(folder, name, rows);
  if (!old && old.error().code() != Code::not_found && old.error().code() != Code::corrupt) return old.error();
  const bool whole = old && (*old)->check_digest();
  if (whole && (*old)->rows() == coded) return {};
  // What an earlier file says of the same rows about the same centre holds.
  const bool extends = whole && (*old)->rows() < coded && std::bit_floor((*old)->rows()) == std::bit_floor(coded);
  const std::uint64_t kept = extends ? (*old)->rows() / CodeLayout::kGroupRows : 0;

  Coder coder(rows, coded, extends ? (*old)->centre() : centre_of(rows, coded));
  const std::string path = codes_path(folder, name), beside = path + ".new";  // collected when a writer opens
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> digest(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(digest.get());
  std::string piece = coder.head(name);
  NARU_TRY(write_file(beside, ""));
  const auto flush = [&]() -> Status {
    XXH3_64bits_update(digest.get(), piece.data(), piece.size());
    const Status written = append_file(beside, piece);
    piece.clear();
    return written;
  };
  for (std::uint64_t g = 0; g < coded / CodeLayout::kGroupRows; ++g) {
    if (g < kept) {
      piece += (*old)->group(g);
    } else {
      piece += coder.group(g);
    }
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
  if (centre_of(rows, codes.rows()) != codes.centre()) {
    return Error(Code::corrupt, "the centre of the codes is not the mean of the rows");
  }
  Coder coder(rows, codes.rows(), codes.centre());
  const CodeLayout& layout = codes.layout();
  for (std::uint64_t g = 0; g < codes.rows() / CodeLayout::kGroupRows; ++g) {
    const std::string expected = coder.group(g);
    const std::string_view found = codes.group(g);
    if (found == expected) continue;
    for (std::size_t r = 0; r < CodeLayout::kGroupRows; ++r) {
      const auto same = [&](std::size_t at, std::size_t size) {
        return found.substr(at, size) == std::string_view(expected).substr(at, size);
      };
      const std::size_t block = r / CodeLayout::kBlockRows * layout.block_bytes, lane = r % CodeLayout::kBlockRows;
      const std::size_t factors = block + layout.signs_bytes + lane * 4;
      bool equal = same(factors, 4) && same(factors + CodeLayout::kBlockRows * 4, 4) &&
                   same(layout.scales_at + r * 4, 4) && same(layout.fine_at + r * layout.fine_bytes, layout.fine_bytes);
      for (std::size_t byte = 0; equal && byte < layout.width / 8; ++byte) {
        equal = same(block + byte * CodeLayout::kBlockRows + lane, 1);
      }
      if (!equal) differs(g * CodeLayout::kGroupRows + r);
    }
  }
  return {};
}

}  // namespace naru
