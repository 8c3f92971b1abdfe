#include "naru/id.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cstring>

#include "base/ascii.h"
#include "base/assert.h"

namespace naru {

std::string Id128::bytes() const {
  std::string text(16, '\0');
  for (int i = 0; i < 8; ++i) {
    text[static_cast<std::size_t>(i)] = static_cast<char>(high >> (56 - 8 * i));
    text[static_cast<std::size_t>(8 + i)] = static_cast<char>(low >> (56 - 8 * i));
  }
  return text;
}

std::string Id128::hex() const { return to_hex(bytes()); }

Id128 Id128::from_bytes(std::string_view sixteen) {
  NARU_ASSERT(sixteen.size() == 16);
  Id128 id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.high = (id.high << 8) | static_cast<std::uint8_t>(sixteen[i]);
    id.low = (id.low << 8) | static_cast<std::uint8_t>(sixteen[8 + i]);
  }
  return id;
}

Id128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Id128 hash128(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    std::uint64_t size = part.size();  // length-prefixed little-endian, so that part borders count
    for (int i = 0; i < 8; ++i, size >>= 8) joined += static_cast<char>(size & 0xff);
    joined += part;
  }
  return hash128(joined);
}

std::string Sha256::hex() const { return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()}); }

std::string Sha256::bytes() const { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Sha256 Sha256::from_bytes(std::string_view thirty_two) {
  NARU_ASSERT(thirty_two.size() == 32);
  Sha256 value;
  std::memcpy(value.digest.data(), thirty_two.data(), 32);
  return value;
}

Sha256 sha256(std::string_view bytes) {
  Sha256 value;
  unsigned int length = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), value.digest.data(), &length, EVP_sha256(), nullptr);
  NARU_ASSERT(ok == 1 && length == 32);
  return value;
}

Id128 make_doc_id(std::string_view source, std::string_view key) { return hash128({"", source, key}); }

}  // namespace naru
