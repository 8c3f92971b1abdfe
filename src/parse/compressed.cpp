// compressed: a file in GZ, XZ or ZSTD: what it holds is its one child, read by whichever parser knows it.
//
// The child has the file's name without its last extension (.tgz becomes .tar). What breaks off is read as far as it
// goes. Limits of size and ratio hold against bombs.
#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "parse/shared/format_names.h"
#include "runtime/compress.h"

namespace naru {

namespace {

constexpr std::uint64_t kUnpackedBytesMax = 256ULL << 20;
constexpr std::uint64_t kRatioMax = 1000;                  // text of one letter reaches this; a bomb far more
constexpr std::uint64_t kRatioFrom = 16ULL << 20;          // bytes from which on it counts
constexpr std::uint64_t kXzMemoryBytesMax = 160ULL << 20;  // of its dictionary; the highest preset has 64 MiB

struct Unpacked {
  std::string bytes;
  bool damaged = false;
};

std::uint64_t room_for(std::string_view packed) {
  return std::min(kUnpackedBytesMax, std::max(kRatioFrom, packed.size() * kRatioMax));
}

Error too_large(std::uint64_t bytes) {
  return {Code::limit_exceeded, fmt::format("it unpacks to more than {} MB", bytes >> 20)};
}

// Behind the header of RFC 1952: ten bytes, and what its flags add.
std::size_t gzip_data(std::string_view bytes) {
  constexpr unsigned kExtra = 4, kName = 8, kComment = 16, kCheck = 2;
  if (bytes.size() < 10) return bytes.size();
  const auto flags = static_cast<unsigned char>(bytes[3]);
  std::size_t at = 10;
  if ((flags & kExtra) != 0 && at + 2 <= bytes.size()) {
    at += 2U + static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
  }
  for (const unsigned text : {kName, kComment}) {
    if ((flags & text) != 0) at = std::min(bytes.find('\0', std::min(at, bytes.size())), bytes.size() - 1) + 1;
  }
  if ((flags & kCheck) != 0) at += 2;
  return std::min(at, bytes.size());
}

// Several streams, one behind the other, are one file.
Result<Unpacked> unpack_gzip(std::string_view bytes) {
  constexpr std::size_t kTrailer = 8;  // checksum and size
  const std::uint64_t most = room_for(bytes);
  Unpacked unpacked;
  while (bytes.starts_with("\x1f\x8b\x08")) {
    bytes.remove_prefix(gzip_data(bytes));
    const Inflated inflated = inflate_raw(bytes, most - unpacked.bytes.size());
    unpacked.bytes += inflated.bytes;
    if (inflated.end == Inflated::End::limit) return too_large(most);
    if (inflated.end == Inflated::End::damaged) {
      unpacked.damaged = true;
      return unpacked;
    }
    bytes.remove_prefix(std::min<std::uint64_t>(inflated.bytes_read + kTrailer, bytes.size()));
  }
  return unpacked;
}

Result<Unpacked> unpack_xz(std::string_view bytes) {
  const std::uint64_t most = room_for(bytes);
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kXzMemoryBytesMax, LZMA_CONCATENATED) != LZMA_OK) {
    return Error(Code::limit_exceeded, "there is no memory to unpack it");
  }
  Unpacked unpacked;
  std::array<std::uint8_t, 64 * 1024> piece;
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK && unpacked.bytes.size() <= most) {
    stream.next_out = piece.data();
    stream.avail_out = piece.size();
    state = lzma_code(&stream, LZMA_FINISH);
    unpacked.bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream.avail_out);
  }
  lzma_end(&stream);
  if (unpacked.bytes.size() > most) return too_large(most);
  if (state == LZMA_MEMLIMIT_ERROR) return Error(Code::limit_exceeded, "its dictionary is too large");
  unpacked.damaged = state != LZMA_STREAM_END;
  return unpacked;
}

Result<Unpacked> unpack_zstd(std::string_view bytes) {
  return Unpacked { NARU_TRY(zstd_decompress(bytes, room_for(bytes))) };
}

class CompressedParser : public Parser {
 public:
  std::string_view format() const override { return "compressed"; }

  Confidence detect(const ParseInput& input) const override {
    using namespace std::string_view_literals;
    static constexpr std::array<std::string_view, 3> kMarks = {"\x1f\x8b\x08"sv,
                                                               "\xfd"
                                                               "7zXZ\0"sv,
                                                               "\x28\xb5\x2f\xfd"sv};
    const bool packed =
        std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) { return input.bytes.starts_with(mark); });
    return packed ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "compressed");
    const char first = input.bytes.empty() ? '\0' : input.bytes.front();
    Result<Unpacked> unpacked = first == '\x1f'   ? unpack_gzip(input.bytes)
                                : first == '\xfd' ? unpack_xz(input.bytes)
                                                  : unpack_zstd(input.bytes);
    if (!unpacked) return unpacked.error();
    if (unpacked->damaged && unpacked->bytes.empty()) return Error(Code::corrupt, "nothing of it can be unpacked");
    if (unpacked->damaged) document.warnings.push_back("damaged: unpacked as far as it goes");
    if (unpacked->bytes.empty()) {
      document.warnings.push_back("it holds nothing");
      return document;
    }
    add_child(document, input, name_inside(input.uri), unpacked->bytes);
    NARU_TRY(one_child_was_read(document));
    warn_of_unread(document);
    return document;
  }
};

}  // namespace

void register_compressed(Registry& registry) {
  registry.add_parser({.name = "compressed",
                       .summary = "GZ, XZ and ZSTD: what they hold by its own parser",
                       .version = 2},
                      [] { return std::make_unique<CompressedParser>(); });
}

}  // namespace naru
