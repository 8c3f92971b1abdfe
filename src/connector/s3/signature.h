// AWS Signature Version 4, as S3 takes it: the headers that prove who sends a request.
//
// Pure functions; any thread. Follows "Authenticating Requests: Using the Authorization Header" of the Amazon S3 API
// reference; signature_test.cpp has the examples published there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace naru::s3 {

struct Credentials {
  std::string access_key, secret_key, session_token;  // no access key: requests are not signed
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct SignedRequest {
  std::string method;
  std::string host;
  std::string path;        // as it is sent: encode(…, Slash::keep) of "/key"
  Pairs query;             // not encoded, in any order
  Pairs headers;           // that are signed beside host and x-amz-*; names in lower case
  std::string payload_sha256;  // hex
};

enum class Slash : bool { keep, encode };

// Every byte but A-Z a-z 0-9 - _ . ~ as %XX.
std::string encode(std::string_view text, Slash slash);
// "a=b&c=d", encoded and sorted: as it is signed and as it is sent.
std::string query_text(const Pairs& query);

// "20130524T000000Z"
std::string timestamp(std::int64_t unix_ms);

// The headers to send: x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization, and those of the request.
Pairs sign(const SignedRequest& request, const Credentials& credentials, std::string_view region,
           std::string_view time);

}  // namespace naru::s3
