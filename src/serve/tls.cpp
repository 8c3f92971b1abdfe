#include "serve/tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/files.h"

namespace naru {

namespace ssl = boost::asio::ssl;

namespace {

// A chain of certificates is some KiB.
constexpr std::uint64_t kPemBytesMax = 1 << 20;

// RFC 9325 (recommendations for TLS 1.2): forward secrecy and authenticated encryption, nothing else. TLS 1.3 has
// only such.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// Renegotiation lets a client make the server work without end. Sessions are not taken up again: connections of ours
// live long, and keys of tickets would have to be changed to keep the secrecy.
constexpr std::uint64_t kOptions =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE;

Error unusable(const std::string& path, const std::string& why) {
  return Error(Code::invalid_argument, fmt::format("{} cannot be used for TLS: {}", path, why));
}

// An encrypted key asks for its password: nobody is there to type one.
std::string no_password(std::size_t, ssl::context::password_purpose) { return {}; }

struct Pems {
  std::string chain, key;
  Sha256 hash() const { return sha256(sha256(chain).hex() + sha256(key).hex()); }
};

Result<Pems> read_pems(const TlsFiles& files) {
  Pems pems;
  pems.chain = NARU_TRY(read_file(files.certificate, kPemBytesMax));
  pems.key = NARU_TRY(read_file(files.key, kPemBytesMax));
  return pems;
}

Status take(const TlsFiles& files, const Pems& pems, ssl::context& tls) {
  boost::system::error_code error;
  tls.set_password_callback(no_password, error);
  if (!error) tls.use_certificate_chain(boost::asio::buffer(pems.chain), error);
  if (error) return unusable(files.certificate, error.message());
  tls.use_private_key(boost::asio::buffer(pems.key), ssl::context::pem, error);
  if (error) return unusable(files.key, error.message());
  if (SSL_CTX_check_private_key(tls.native_handle()) != 1) {
    return unusable(files.key, "it is not the key of " + files.certificate);
  }
  return {};
}

Result<std::unique_ptr<ssl::context>> make_context(const TlsFiles& files, const Pems& pems) {
  std::unique_ptr<ssl::context> tls;
  try {
    tls = std::make_unique<ssl::context>(ssl::context::tls_server);
  } catch (const boost::system::system_error& error) {
    return Error(Code::internal, std::string("TLS cannot be started: ") + error.what());
  }
  SSL_CTX* handle = tls->native_handle();
  SSL_CTX_set_options(handle, kOptions);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_num_tickets(handle, 0) != 1 || SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(handle, kCiphers) != 1) {
    return Error(Code::internal, "this OpenSSL does not speak TLS as Naru does");
  }
  NARU_TRY(take(files, pems, *tls));
  return tls;
}

}  // namespace

Result<std::unique_ptr<Certificate>> Certificate::open(const TlsFiles& files) {
  std::unique_ptr<Certificate> opened(new Certificate(files));
  if (const std::optional<Status> read = opened->renew(); read && !*read) return read->error();
  return opened;
}

// A certificate that was replaced before its key is not used: it comes with the next look, when the key is there too.
std::optional<Status> Certificate::renew() {
  const Result<Pems> pems = read_pems(files_);
  if (!pems) {
    const bool known = context_ && !read_;
    read_.reset();
    if (known) return std::nullopt;  // said before
    return Status(pems.error());
  }
  const Sha256 hash = pems->hash();
  if (read_ == hash) return std::nullopt;
  read_ = hash;
  Result<std::unique_ptr<ssl::context>> made = make_context(files_, *pems);
  if (!made) return Status(made.error());
  context_ = std::move(*made);
  return Status();
}

std::int64_t Certificate::end_s() const {
  const X509* certificate = SSL_CTX_get0_certificate(context_->native_handle());
  if (certificate == nullptr) return 0;
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0), ASN1_TIME_free);
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(certificate)) != 1) return 0;
  return std::int64_t{days} * 24 * 60 * 60 + seconds;
}

}  // namespace naru
