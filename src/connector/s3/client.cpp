#include "connector/s3/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "connector/shared/connector_options.h"
#include "connector/shared/markup_scan.h"
#include "naru/id.h"
#include "runtime/clock.h"
#include "text/unicode.h"

namespace naru::s3 {

namespace {

// Of an error's XML.
struct Refusal {
  std::string code, message;
};

constexpr std::size_t kShownMax = 300;  // of what a foreign server says

Refusal read_refusal(std::string_view xml) {
  Refusal refusal;
  MarkupScan scan(xml, Markup::xml);
  std::string element;
  for (;;) {
    const MarkupScan::Kind kind = scan.next();
    if (kind == MarkupScan::Kind::end) break;
    if (kind == MarkupScan::Kind::open) element = scan.name();
    if (kind == MarkupScan::Kind::close) element.clear();
    if (kind != MarkupScan::Kind::text) continue;
    if (element == "code" && refusal.code.empty()) refusal.code = scan.text();
    if (element == "message" && refusal.message.empty()) refusal.message = scan.text();
  }
  for (std::string* text : {&refusal.code, &refusal.message}) {
    *text = fold_white_space(repair_utf8(*text));
    *text = text->substr(0, whole_characters(*text, kShownMax));
  }
  return refusal;
}

std::string remedy(std::string_view code) {
  if (code == "SignatureDoesNotMatch") return "`secret_key` does not belong to `access_key`";
  if (code == "InvalidAccessKeyId" || code == "InvalidClientTokenId") return "nobody has this `access_key`";
  if (code == "ExpiredToken" || code == "InvalidToken") return "get a new `session_token`";
  if (code == "RequestTimeTooSkewed") return "the clock of this machine is wrong";
  if (code == "InvalidObjectState") return "the object lies in an archive: restore it first";
  return "this key may not do that: give it s3:ListBucket and s3:GetObject, to write s3:PutObject";
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// As `encoding-type=url` writes keys: a plus is a blank.
std::string decode_key(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* hex = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2) {
      decoded += static_cast<char>(value);
      at += 2;
    } else {
      decoded += text[at] == '+' ? ' ' : text[at];
    }
  }
  return decoded;
}

}  // namespace

std::vector<OptionSpec> place_options() {
  OptionSpec path_style;
  path_style.name = "path_style";
  path_style.type = OptionType::boolean;
  path_style.summary = "The bucket in the path and not before the host; left out: where `endpoint` is given.";
  path_style.optional = true;
  return {
      text_option("bucket", "The bucket."),
      optional_text("endpoint", "Where the store is, https://HOST; left out: Amazon's of the region."),
      text_option("region", "The region that requests are signed for.", "us-east-1"),
      path_style,
      optional_text("access_key", "As whom; left out: as anybody. Better ${env:…} or ${secret:file:…} than in here."),
      optional_text("secret_key", "Its secret: ${env:…} or ${secret:file:…}."),
      optional_text("session_token", "Where the key is a temporary one."),
      whole_option("attempts", "How often a request is sent before the store counts as unavailable.", 4, "times", 1,
                   20),
  };
}

Result<Place> read_place(const Options& options) {
  const auto mistake = [&](std::string_view what) {
    return Error(Code::invalid_argument, fmt::format("{}: {}", options.place.text(), what));
  };
  Place place;
  place.bucket = options.text("bucket");
  place.region = options.text("region");
  if (place.bucket.empty() || place.bucket.find_first_of("/?#@: ") != std::string::npos) {
    return mistake("`bucket` is the name of a bucket alone");
  }
  std::string endpoint = text_or_empty(options, "endpoint");
  place.path_style = options.has("path_style") ? options.boolean("path_style") : !endpoint.empty();
  if (endpoint.empty()) endpoint = "https://s3." + place.region + ".amazonaws.com";
  const std::size_t scheme = endpoint.find("://");
  place.scheme = endpoint.substr(0, scheme == std::string::npos ? 0 : scheme);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  place.host = scheme == std::string::npos ? "" : endpoint.substr(std::min(scheme + 3, endpoint.size()));
  const bool plain = !place.host.empty() && place.host.find_first_of("/?#@ ") == std::string::npos;
  if ((place.scheme != "http" && place.scheme != "https") || !plain) {
    return mistake("`endpoint` is an address such as https://minio.example.com:9000, without a path");
  }
  const std::string_view usual = place.scheme == "https" ? ":443" : ":80";
  if (place.host.ends_with(usual)) place.host.erase(place.host.size() - usual.size());
  if (!place.path_style) place.host = place.bucket + "." + place.host;
  place.credentials = {text_or_empty(options, "access_key"), text_or_empty(options, "secret_key"),
                       text_or_empty(options, "session_token")};
  if (place.credentials.access_key.empty() != place.credentials.secret_key.empty()) {
    return mistake("`access_key` and `secret_key` belong together");
  }
  place.attempts_max = static_cast<int>(options.integer("attempts"));
  return place;
}

Result<HttpClientResponse> S3Client::send(const Call& call, const std::stop_token& stop) {
  const std::string path = (place_.path_style ? "/" + place_.bucket : std::string()) +
                           (call.key.empty() && place_.path_style ? "" : "/" + call.key);
  HttpClientRequest request;
  request.method = call.method;
  SignedRequest to_sign{call.method,  place_.host,  encode(path, Slash::keep),
                        call.query, call.headers, sha256(call.body).hex()};
  const std::string query = query_text(call.query);
  request.url = place_.scheme + "://" + place_.host + to_sign.path + (query.empty() ? "" : "?" + query);
  request.headers = sign(to_sign, place_.credentials, place_.region, timestamp(system_clock().unix_ms()));
  if (!call.body.empty()) request.headers.emplace_back("content-type", "application/octet-stream");
  request.body = call.body;
  request.path_as_is = true;
  request.redirects_max = 0;
  request.body_bytes_max = call.body_bytes_max;
  HttpRetries retries;
  retries.attempts_max = place_.attempts_max;
  Result<HttpClientResponse> response = send_with_retries(http_, request, retries, system_clock(), stop);
  if (!response && response.error().code() == Code::timeout) {
    return Error(Code::unavailable, response.error().describe());  // passes: what is there stays
  }
  if (!response) return std::move(response).error();
  if (response->status >= 200 && response->status < 300) return response;
  return refused(call, *response);
}

Error S3Client::refused(const Call& call, const HttpClientResponse& response) const {
  const Refusal refusal = read_refusal(response.body);
  const int status = response.status;
  const std::string what = fmt::format("{} answers {}{}{}", name(call.key), status,
                                       refusal.code.empty() ? "" : " " + refusal.code,
                                       refusal.message.empty() ? "" : ": " + refusal.message);
  if (status == 404) {
    if (refusal.code == "NoSuchBucket") return {Code::unavailable, what + ": correct `bucket` or `endpoint`"};
    return {Code::not_found, what};
  }
  if (status == 401 || status == 403) return {Code::not_allowed, what + " (" + remedy(refusal.code) + ")"};
  if (status == 304 || status == 409 || status == 412) return {Code::already_exists, what};
  if (status == 301 || status == 302 || status == 307 || refusal.code == "AuthorizationHeaderMalformed") {
    const auto region = response.headers.find("x-amz-bucket-region");
    const bool told = region != response.headers.end();
    return {Code::invalid_argument, what + (told ? ": the bucket lies in " + region->second
                                                 : std::string(": correct `region` or `endpoint`"))};
  }
  if (status == 400) return {Code::invalid_argument, what};
  return {Code::unavailable, what};
}

std::int64_t read_time(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t length) {
    return static_cast<int>(number_of(text.substr(std::min(at, text.size()), length)));
  };
  if (text.size() < 19 || text[4] != '-' || text[10] != 'T') return 0;
  using namespace std::chrono;
  const year_month_day date{year(part(0, 4)), month(static_cast<unsigned>(part(5, 2))),
                            day(static_cast<unsigned>(part(8, 2)))};
  if (!date.ok()) return 0;
  const auto time = sys_days(date) + hours(part(11, 2)) + minutes(part(14, 2)) + seconds(part(17, 2));
  const int millis = text.size() > 22 && text[19] == '.' ? part(20, 3) : 0;
  return duration_cast<milliseconds>(time.time_since_epoch()).count() + millis;
}

Result<Page> read_page(std::string_view xml) {
  Page page;
  MarkupScan scan(xml, Markup::xml);
  bool is_listing = false, ended = false;
  std::string element, text;
  Object* object = nullptr;
  for (MarkupScan::Kind kind = scan.next(); kind != MarkupScan::Kind::end; kind = scan.next()) {
    if (kind == MarkupScan::Kind::text) {
      text += scan.text();
      continue;
    }
    const std::string& name = scan.name();
    if (kind == MarkupScan::Kind::open) {
      text.clear();
      is_listing = is_listing || name == "listbucketresult";
      if (name == "contents") object = &page.objects.emplace_back();
      continue;
    }
    ended = ended || name == "listbucketresult";
    if (name == "contents") object = nullptr;
    if (object == nullptr) {
      if (name == "istruncated") page.truncated = text == "true";
      if (name == "nextcontinuationtoken") page.next = text;
      continue;
    }
    if (name == "key") object->key = decode_key(text);
    if (name == "etag") object->etag = text;
    if (name == "size") object->size = number_of(text);
    if (name == "lastmodified") object->modified_ms = read_time(text);
  }
  if (!is_listing || !ended) return Error(Code::corrupt, "the answer is no list of objects, or breaks off");
  if (page.truncated && page.next.empty()) return Error(Code::corrupt, "the list goes on, and does not say where");
  return page;
}

}  // namespace naru::s3
