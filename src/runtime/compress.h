// zstd and deflate over whole buffers, with a limit on what comes out, and zstd over streams. Free functions, any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

std::string zstd_compress(std::string_view bytes, int level = 3);

// corrupt: not a zstd stream; limit_exceeded: more than `bytes_max` would come out. Windows up to 128 MiB.
Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t bytes_max);

// The same of a stream: `read` gives what is packed, nothing at its end; `write` hears what comes out. Errors: theirs.
Status zstd_decompress(const std::function<Result<std::string>()>& read,
                       const std::function<Status(std::string_view)>& write);

// What a raw deflate stream (RFC 1951, no header) holds: of a damaged or cut one what stands before the damage.
struct Inflated {
  std::string bytes;
  std::uint64_t bytes_read = 0;  // of the input
  enum class End : std::uint8_t { complete, damaged, limit } end = End::complete;
};

Inflated inflate_raw(std::string_view bytes, std::uint64_t bytes_max);

}  // namespace naru
