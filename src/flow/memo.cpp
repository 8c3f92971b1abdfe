#include "flow/memo.h"

#include "record/codec.h"
#include "runtime/compress.h"

namespace naru {

namespace {

// Changes with the layout below; another first byte is another release's value.
constexpr char kLayout = 1;
// A document is at most this; a value that unpacks to more is damaged.
constexpr std::uint64_t kMemoBytesMax = 1ULL << 30;
// Fastest that still halves text: the memo is written once a file and read seldom.
constexpr int kCompression = 1;
// More chunks than blocks could ever give.
constexpr std::uint64_t kChunksMax = 10'000'000;
// More than there are of steps and reasons.
constexpr std::uint64_t kDropCountsMax = 4096;

// What operators left out: count, then per step and reason: step, reason, parts; then 0, or 1 and step, reason, detail.
void encode_drops(const PreparedDocument& prepared, ByteWriter& writer) {
  writer.number(prepared.dropped_parts.size());
  for (const auto& [name, count] : prepared.dropped_parts) {
    writer.text(name.first);
    writer.text(name.second);
    writer.number(count.parts);
  }
  writer.number(prepared.drop ? 1 : 0);
  if (!prepared.drop) return;
  writer.text(prepared.drop->step);
  writer.text(prepared.drop->reason);
  writer.text(prepared.drop->detail);
}

Status decode_drops(ByteReader& reader, PreparedDocument& prepared) {
  for (std::uint64_t left = NARU_TRY(reader.number(kDropCountsMax)); left > 0; --left) {
    const std::string step = NARU_TRY(reader.text()), reason = NARU_TRY(reader.text());
    prepared.dropped_parts[{step, reason}].parts = NARU_TRY(reader.number(kChunksMax));
  }
  if (NARU_TRY(reader.number(1)) == 0) return {};
  Drop& drop = prepared.drop.emplace();
  drop.step = NARU_TRY(reader.text());
  drop.reason = NARU_TRY(reader.text());
  drop.detail = NARU_TRY(reader.text());
  return {};
}

// Layout, packed: text(encoded document), count, then per chunk: path, text_start, text_end, locator. Then what was
// dropped; nothing of it where nothing was, as releases wrote that knew no drops.
Result<PreparedDocument> decode(std::string_view bytes) {
  const std::string unpacked = NARU_TRY(zstd_decompress(bytes, kMemoBytesMax));
  ByteReader reader(unpacked);
  PreparedDocument prepared;
  prepared.document = NARU_TRY(decode_document(NARU_TRY(reader.raw())));
  const std::string text = document_text(prepared.document);
  const std::uint64_t count = NARU_TRY(reader.number(kChunksMax));
  for (std::uint64_t i = 0; i < count; ++i) {
    Chunk chunk;
    chunk.heading_path = NARU_TRY(reader.path());
    chunk.text_start = NARU_TRY(reader.number(text.size()));
    chunk.text_end = NARU_TRY(reader.number(text.size()));
    chunk.locator = NARU_TRY(reader.locator());
    if (chunk.text_start > chunk.text_end) return Error(Code::corrupt, "a chunk ends before it starts");
    chunk.text = text.substr(chunk.text_start, chunk.text_end - chunk.text_start);
    prepared.chunks.push_back(std::move(chunk));
  }
  if (!reader.empty()) NARU_TRY(decode_drops(reader, prepared));
  if (!reader.empty()) return Error(Code::corrupt, "something follows the last chunk");
  return prepared;
}

}  // namespace

std::string encode_memo(const PreparedDocument& prepared) {
  ByteWriter writer;
  writer.text(encode_document(prepared.document));
  writer.number(prepared.chunks.size());
  for (const Chunk& chunk : prepared.chunks) {
    writer.path(chunk.heading_path);
    writer.number(chunk.text_start);
    writer.number(chunk.text_end);
    writer.locator(chunk.locator);
  }
  if (prepared.drop || !prepared.dropped_parts.empty()) encode_drops(prepared, writer);
  return kLayout + zstd_compress(writer.bytes(), kCompression);
}

std::optional<PreparedDocument> decode_memo(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kLayout) return std::nullopt;
  Result<PreparedDocument> decoded = decode(bytes.substr(1));
  if (!decoded) return std::nullopt;
  return std::move(*decoded);
}

}  // namespace naru
