// Sha256Stream: the SHA-256 of bytes that come in pieces, for files too large to hold. One thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "naru/id.h"

namespace naru {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void add(std::string_view bytes);
  Sha256 finish();  // once; nothing may be added afterwards

 private:
  void* context_;  // EVP_MD_CTX
};

}  // namespace naru
