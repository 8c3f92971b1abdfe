// zstd over whole buffers, with a limit on what comes out. Free functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

std::string zstd_compress(std::string_view bytes, int level = 3);

// corrupt: not a zstd stream; limit_exceeded: more than `bytes_max` would come out. Windows up to 128 MiB.
Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t bytes_max);

}  // namespace naru
