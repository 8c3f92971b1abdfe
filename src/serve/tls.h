// Tls: a certificate and its key as the library takes them, and which TLS is spoken: 1.2 and 1.3, with forward secrecy.
//
// For server.cpp alone: it knows the library.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>

#include "naru/result.h"
#include "serve/server.h"

namespace naru {

// invalid_argument, not_found, io: the message names the file and what is wrong with it.
Result<std::unique_ptr<boost::asio::ssl::context>> open_tls(const TlsFiles& files);

// When its certificate ends, in seconds since 1970.
std::int64_t certificate_end_s(boost::asio::ssl::context& tls);

}  // namespace naru
