#include "runtime/compress.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/assert.h"

namespace naru {

namespace {

// `zstd --long=27` is the longest window that its own command reads without being told.
constexpr int kWindowLogMax = 27;

// Deflate's output is asked for in pieces of this size: a small stream does not pay for a large buffer.
constexpr std::size_t kInflateStepBytes = 64 * 1024;
// zlib's name for "no header, no checksum" and its largest window.
constexpr int kRawWindow = -MAX_WBITS;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Making a context costs more than packing a page of text: each thread keeps one of each.
ZSTD_CCtx* packer() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  NARU_ASSERT(context != nullptr);
  return context.get();
}

ZSTD_DCtx* unpacker() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  NARU_ASSERT(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);  // the last one may have ended in an error
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  return context.get();
}

}  // namespace

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compressCCtx(packer(), out.data(), out.size(), bytes.data(), bytes.size(), level);
  NARU_ASSERT(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t bytes_max) {
  ZSTD_DCtx* const context = unpacker();
  const unsigned long long said = ZSTD_getFrameContentSize(bytes.data(), bytes.size());  // huge: not said, or a lie
  const std::size_t step = std::clamp<unsigned long long>(said, 1, ZSTD_DStreamOutSize());
  std::string out;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  for (std::size_t left = 1; input.pos < input.size || left != 0;) {  // left: 0 when a frame is complete
    const std::size_t have = out.size();
    out.resize(have + step);
    ZSTD_outBuffer output{out.data() + have, out.size() - have, 0};
    left = ZSTD_decompressStream(context, &output, &input);
    out.resize(have + output.pos);
    if (ZSTD_isError(left) != 0) return Error(Code::corrupt, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
    if (out.size() > bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("unpacks to more than {} bytes", bytes_max));
    }
    const bool stuck = left != 0 && output.pos == 0 && input.pos == input.size;
    if (stuck) return Error(Code::corrupt, "zstd: the stream ends too early");
  }
  return out;
}

Status zstd_decompress(const std::function<Result<std::string>()>& read,
                       const std::function<Status(std::string_view)>& write) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  NARU_ASSERT(context != nullptr);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  std::string out(ZSTD_DStreamOutSize(), '\0');
  std::size_t left = 1;  // 0 when a frame is complete
  for (;;) {
    const std::string bytes = NARU_TRY(read());
    if (bytes.empty()) break;
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (bool full = false; input.pos < input.size || full;) {
      ZSTD_outBuffer output{out.data(), out.size(), 0};
      left = ZSTD_decompressStream(context.get(), &output, &input);
      if (ZSTD_isError(left) != 0) return Error(Code::corrupt, fmt::format("zstd: {}", ZSTD_getErrorName(left)));
      NARU_TRY(write(std::string_view(out).substr(0, output.pos)));
      full = output.pos == output.size;
    }
  }
  return left == 0 ? Status() : Error(Code::corrupt, "zstd: the stream ends too early");
}

Inflated inflate_raw(std::string_view bytes, std::uint64_t bytes_max) {
  z_stream stream{};
  NARU_ASSERT(inflateInit2(&stream, kRawWindow) == Z_OK);
  Inflated out;
  int status = Z_OK;
  while (status == Z_OK && out.bytes.size() <= bytes_max) {
    // zlib counts input in 32 bits.
    const std::size_t given = std::min<std::size_t>(bytes.size() - out.bytes_read, 1U << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + out.bytes_read));
    stream.avail_in = static_cast<uInt>(given);
    const std::size_t have = out.bytes.size();
    out.bytes.resize(have + kInflateStepBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.bytes.data() + have);
    stream.avail_out = kInflateStepBytes;
    status = inflate(&stream, Z_NO_FLUSH);
    out.bytes.resize(have + kInflateStepBytes - stream.avail_out);
    out.bytes_read += given - stream.avail_in;
  }
  inflateEnd(&stream);
  out.end = status == Z_STREAM_END ? Inflated::End::complete : Inflated::End::damaged;
  if (out.bytes.size() > bytes_max) {
    out.bytes.resize(bytes_max);
    out.end = Inflated::End::limit;
  }
  return out;
}

}  // namespace naru
