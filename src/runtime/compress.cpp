#include "runtime/compress.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "base/assert.h"

namespace naru {

namespace {

// `zstd --long=27` is the longest window that its own command reads without being told.
constexpr int kWindowLogMax = 27;

struct FreeStream {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  NARU_ASSERT(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, FreeStream> context(ZSTD_createDCtx());
  NARU_ASSERT(context != nullptr);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  std::string out;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;  // 0 when a frame is complete
  while (input.pos < input.size) {
    const std::size_t have = out.size();
    out.resize(have + ZSTD_DStreamOutSize());
    ZSTD_outBuffer output{out.data() + have, out.size() - have, 0};
    left = ZSTD_decompressStream(context.get(), &output, &input);
    out.resize(have + output.pos);
    if (ZSTD_isError(left) != 0) return Error(Code::corrupt, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
    if (out.size() > bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("unpacks to more than {} bytes", bytes_max));
    }
  }
  while (left != 0) {  // all input taken, some output may be waiting
    const std::size_t have = out.size();
    out.resize(have + ZSTD_DStreamOutSize());
    ZSTD_outBuffer output{out.data() + have, out.size() - have, 0};
    left = ZSTD_decompressStream(context.get(), &output, &input);
    out.resize(have + output.pos);
    if (ZSTD_isError(left) != 0) return Error(Code::corrupt, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
    if (output.pos == 0 && left != 0) return Error(Code::corrupt, "zstd: the stream ends too early");
    if (out.size() > bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("unpacks to more than {} bytes", bytes_max));
    }
  }
  return out;
}

}  // namespace naru
