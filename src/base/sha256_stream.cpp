#include "base/sha256_stream.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace naru {

namespace {

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  NARU_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_of(context_), EVP_sha256(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(context_of(context_)); }

void Sha256Stream::add(std::string_view bytes) {
  NARU_ASSERT(EVP_DigestUpdate(context_of(context_), bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Stream::finish() {
  Sha256 value;
  unsigned int length = 0;
  NARU_ASSERT(EVP_DigestFinal_ex(context_of(context_), value.digest.data(), &length) == 1 && length == 32);
  return value;
}

}  // namespace naru
