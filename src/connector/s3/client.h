// S3Client: signed requests to one bucket of an S3-compatible store, and what its answers mean.
//
// Any thread; requests run one after the other. Errors: not_allowed: who we are is refused; not_found: no such object;
// already_exists: a condition did not hold; invalid_argument: endpoint, region or bucket are wrong; unavailable: the
// store, or the bucket, cannot be reached, answers 5xx, or breaks off (after retries).
#pragma once

#include <optional>

#include "connector/s3/signature.h"
#include "naru/descriptor.h"
#include "runtime/http.h"

namespace naru::s3 {

struct Place {
  std::string scheme, host;  // of the endpoint; with the bucket in front unless `path_style`
  std::string bucket, region;
  bool path_style = false;
  Credentials credentials;
  int attempts_max = 4;
};

// What source and target have in common: where and as whom.
std::vector<OptionSpec> place_options();
Result<Place> read_place(const Options& options);

struct Call {
  std::string method = "GET";
  std::string key;  // "": the bucket itself
  Pairs query, headers;
  std::string body;
  std::uint64_t body_bytes_max = 16ULL << 20;
};

class S3Client {
 public:
  explicit S3Client(Place place) : place_(std::move(place)) {}

  // A 2xx answer, or an Error; a 304 or 412 is already_exists.
  Result<HttpClientResponse> send(const Call& call, const std::stop_token& stop);
  std::string name(const std::string& key) const { return "s3://" + place_.bucket + "/" + key; }
  const Place& place() const { return place_; }

 private:
  Error refused(const Call& call, const HttpClientResponse& response) const;

  const Place place_;
  HttpClient http_;
};

// One page of ListObjectsV2.
struct Object {
  std::string key, etag;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
};
struct Page {
  std::vector<Object> objects;
  bool truncated = false;
  std::string next;  // the token that asks for the next page
};
// corrupt: not such a page.
Result<Page> read_page(std::string_view xml);

// "2026-11-27T14:00:00.000Z" as milliseconds since 1970; 0 where it is none.
std::int64_t read_time(std::string_view text);

}  // namespace naru::s3
