#include "flow/known_item.h"

namespace naru {

namespace {

constexpr std::uint64_t kAny = UINT64_MAX;

}  // namespace

Result<std::string_view> bytes_of(ByteReader& reader, std::size_t size) {
  const std::string_view bytes = NARU_TRY(reader.raw());
  if (bytes.size() != size) return Error(Code::corrupt, "a hash has another length");
  return bytes;
}

void write_known(ByteWriter& writer, const KnownItem& known) {
  writer.text(known.key);
  writer.text(known.fingerprint);
  writer.text(known.version.bytes());
  writer.number(known.version_order);
  writer.text(known.pipeline.bytes());
  writer.text(known.label_hash.bytes());
  writer.text(known.reject_code);
  writer.text(known.reject_message);
}

Result<KnownItem> read_known(ByteReader& reader) {
  KnownItem known;
  known.key = NARU_TRY(reader.raw());
  known.fingerprint = NARU_TRY(reader.raw());
  known.version = Sha256::from_bytes(NARU_TRY(bytes_of(reader, 32)));
  known.version_order = NARU_TRY(reader.number(kAny));
  known.pipeline = Id128::from_bytes(NARU_TRY(bytes_of(reader, 16)));
  known.label_hash = Id128::from_bytes(NARU_TRY(bytes_of(reader, 16)));
  known.reject_code = NARU_TRY(reader.raw());
  known.reject_message = NARU_TRY(reader.raw());
  return known;
}

}  // namespace naru
