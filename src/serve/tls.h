// Certificate: what TLS is spoken with: a certificate and its key from their files, and 1.2 and 1.3 alone, with forward
// secrecy. Files that were replaced are taken without a restart.
//
// For server.cpp alone: it knows the library. Lives on the server's thread.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "naru/id.h"
#include "naru/result.h"
#include "serve/server.h"

namespace naru {

class Certificate {
 public:
  // invalid_argument, not_found, io: the message names the file and what is wrong with it.
  static Result<std::unique_ptr<Certificate>> open(const TlsFiles& files);

  // Reads the files again. None: nothing changed since they were last read. An error, as of open(): what changed cannot
  // be used, and what was there before stays in force.
  std::optional<Status> renew();

  // For connections from now on; those that are open keep what they were greeted with, by the library's own count.
  boost::asio::ssl::context& context() { return *context_; }
  std::int64_t end_s() const;  // since 1970

 private:
  explicit Certificate(TlsFiles files) : files_(std::move(files)) {}

  const TlsFiles files_;
  std::optional<Sha256> read_;  // of what lay in the files when they were last read; none: they could not be
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace naru
