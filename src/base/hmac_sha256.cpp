#include "base/hmac_sha256.h"

#include <string>

namespace naru {

namespace {

constexpr std::size_t kBlockBytes = 64;  // of SHA-256

}  // namespace

Sha256 hmac_sha256(std::string_view key, std::string_view message) {
  std::string block(key.size() > kBlockBytes ? sha256(key).bytes() : std::string(key));
  block.resize(kBlockBytes, '\0');
  std::string inner = block, outer = block;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner += message;
  return sha256(outer + sha256(inner).bytes());
}

}  // namespace naru
