#include "parse/hwp/distribution.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "parse/hwp/records.h"
#include "parse/shared/binary_reader.h"

namespace naru::hwp {

namespace {

constexpr std::size_t kKeyRecordBytes = 256;
constexpr std::size_t kKeyBytes = 16, kCipherBlockBytes = 16;
// OpenSSL counts in int.
constexpr std::size_t kPieceBytes = 1U << 20;

// rand() of Microsoft's C library: that is what Hancom's program seeds.
class MicrosoftRandom {
 public:
  explicit MicrosoftRandom(std::uint32_t seed) : state_(seed) {}
  std::uint32_t next() {
    state_ = state_ * 214013 + 2531011;
    return (state_ >> 16) & 0x7fff;
  }

 private:
  std::uint32_t state_;
};

// The record's bytes are covered by runs of one random byte each, of random lengths; the key begins at a place that the
// seed, its first four bytes, says.
std::string key_of(std::string_view record) {
  const std::uint32_t seed = BinaryReader(record).u32();
  MicrosoftRandom random(seed);
  std::string bytes(record);
  std::uint32_t cover = 0, left = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (left == 0) {
      cover = random.next() & 0xff;
      left = (random.next() & 0xf) + 1;
    }
    if (i >= 4) bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ cover);
    --left;
  }
  return bytes.substr(4 + (seed & 0xf), kKeyBytes);
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

Result<std::string> open_view_text(std::string_view stream) {
  Record record;
  const bool whole = next_record(stream, record);
  if (!whole || record.tag != Tag::distribute_doc_data || record.bytes.size() != kKeyRecordBytes) {
    return Error(Code::corrupt, "the text of this distribution document does not begin with its key");
  }
  const std::string key = key_of(record.bytes);
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
  if (context == nullptr || EVP_DecryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, key_bytes, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) {
    return Error(Code::unsupported, "this machine's OpenSSL has no AES to open a distribution document with");
  }
  stream = stream.substr(0, stream.size() / kCipherBlockBytes * kCipherBlockBytes);
  std::string out(stream.size() + kCipherBlockBytes, '\0');
  std::size_t written = 0;
  for (std::size_t at = 0; at < stream.size(); at += kPieceBytes) {
    const std::string_view piece = stream.substr(at, kPieceBytes);
    int length = 0;
    if (EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()) + written, &length,
                          reinterpret_cast<const unsigned char*>(piece.data()), static_cast<int>(piece.size())) != 1) {
      return Error(Code::corrupt, "the text of this distribution document cannot be opened");
    }
    written += static_cast<std::size_t>(length);
  }
  out.resize(written);
  return out;
}

}  // namespace naru::hwp
