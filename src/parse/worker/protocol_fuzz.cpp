// Any bytes, as a hostile child might write them, in pieces of any size: no crash, one answer whatever the pieces, and
// a document that was let through encodes and comes back the same.
//
// The first byte is the size of the pieces, the second the size of the input that was parsed, in units of 64 bytes.
#include <cstdlib>

#include "parse/worker/protocol.h"
#include "record/codec.h"

namespace {

// As a parent's, but small enough to be reached.
constexpr std::uint64_t kPayloadMax = 1 << 16;

naru::Result<naru::Document> read(std::string_view bytes, std::size_t step, std::uint64_t input_bytes) {
  naru::AnswerReader reader(kPayloadMax);
  for (std::size_t at = 0; at < bytes.size(); at += step) NARU_TRY(reader.add(bytes.substr(at, step)));
  return reader.document(input_bytes);
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::uint64_t input_bytes = data[1] * 64ULL;
  const naru::Result<naru::Document> document = read(bytes, data[0] + 1U, input_bytes);
  const naru::Result<naru::Document> whole = read(bytes, size, input_bytes);
  check(document.has_value() == whole.has_value());
  if (document) {
    check(naru::encode_document(*document) == naru::encode_document(*whole));
    const naru::Result<naru::Document> again = read(naru::encode_answer(document), size, input_bytes);
    check(again.has_value() || naru::encode_document(*document).size() > kPayloadMax);
    check(!again || naru::encode_document(*again) == naru::encode_document(*document));
  }
  naru::AnswerReader reader(kPayloadMax);
  if (reader.add(bytes)) (void)reader.sandbox();
  (void)naru::decode_request(bytes);
  return 0;
}
