#include "connector/s3/lease.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "naru/id.h"
#include "record/date.h"
#include "runtime/clock.h"
#include "runtime/host.h"
#include "runtime/random.h"
#include "text/unicode.h"

namespace naru::s3 {

namespace {

constexpr std::size_t kTokenBytes = 16;  // never the same twice
constexpr std::uint64_t kLeaseBytesMax = 16 << 10;
constexpr std::int64_t kRenewalsALease = 3;  // two may fail
constexpr int kPutsMax = 2;                  // of one renewal: the answer to the one before may have been lost
constexpr std::size_t kShownMax = 100;       // of what another one says of itself
constexpr std::int64_t kSecondMs = 1000;     // as exact as HTTP's dates are
// No object has it: MD5 of nothing we write, and quoted as an ETag is.
constexpr std::string_view kNoEtag = "\"00000000000000000000000000000000\"";

std::string header(const HttpClientResponse& response, const char* name) {
  const auto found = response.headers.find(name);
  return found == response.headers.end() ? "" : found->second;
}

std::int64_t date_of(const HttpClientResponse& response, const char* name) {
  const std::optional<DateSpan> date = parse_date(header(response, name));
  return date ? read_time(date->start) : 0;
}

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string owner_here(const std::string& file) {
  return sha256(fmt::format("{}\n{}\n{}", host_name(), machine_id(), file)).hex();
}

Lease::Lease(const Place& place, LeaseWish wish)
    : client_(place), wish_(std::move(wish)), key_(wish_.key + ".naru-lease"), token_(random_hex(kTokenBytes)) {}

Result<std::unique_ptr<Lease>> Lease::take(const Place& place, LeaseWish wish) {
  std::unique_ptr<Lease> lease(new Lease(place, std::move(wish)));
  NARU_TRY(lease->take());
  lease->keeper_ = Thread("s3 lease", [raw = lease.get()](const std::stop_token& stop) { raw->keep(stop); });
  return lease;
}

Lease::~Lease() {
  keeper_.request_stop();
  keeper_.join();
  if (lost_ || etag_.empty() || system_clock().monotonic_ns() >= until_ns_) return;
  Call call;
  call.method = "DELETE";
  call.key = key_;
  call.headers = {{"if-match", etag_}};
  (void)client_.send(call, {});  // else it ends by itself
}

Result<Lease::Seen> Lease::look() {
  Call call;
  call.key = key_;
  call.body_bytes_max = kLeaseBytesMax;
  const Result<HttpClientResponse> found = client_.send(call, {});
  if (!found && found.error().code() == Code::not_found) return Seen{};
  if (!found) return found.error();
  const Result<Json> json = parse_json(found->body);
  if (!json || !json->is_object() || text_of(*json, "token").empty()) {
    return Error(Code::already_exists, client_.name(key_) + " is there and no lease of ours: move it away");
  }
  Seen seen{header(*found, "etag"), text_of(*json, "token"), text_of(*json, "owner"), text_of(*json, "holder"), 0};
  seen.holder.resize(whole_characters(seen.holder, kShownMax));
  const auto seconds = json->find("seconds");
  const std::int64_t now = date_of(*found, "date"), put = date_of(*found, "last-modified");
  if (seen.etag.empty() || now == 0 || put == 0 || seconds == json->end() || !seconds->is_number_integer()) {
    return Error(Code::unavailable, client_.name(key_) + ": the store does not say when it was written, or as what");
  }
  const std::int64_t lasts_ms = std::clamp<std::int64_t>(seconds->get<std::int64_t>(), 1, kLeaseSecondsMax) * 1000;
  seen.left_ms = put + lasts_ms + kSecondMs - now;
  return seen;
}

Status Lease::take() {
  const std::lock_guard lock(mutex_);
  const Seen seen = NARU_TRY(look());
  if (!seen.etag.empty() && seen.owner != wish_.owner && seen.left_ms > 0) {
    return Error(Code::timeout,
                 fmt::format("another run, {}, writes {}; try again when it is over. If it was killed, its lease ends "
                             "in {} s", seen.holder, client_.name(wish_.key), seen.left_ms / 1000 + 1));
  }
  etag_ = seen.etag;
  return put();
}

// With the lock held: in place of the one that was seen, or where none was.
Status Lease::put() {
  for (int tries = 0; tries < kPutsMax; ++tries) {
    const std::int64_t start_ns = system_clock().monotonic_ns();
    Call call;
    call.method = "PUT";
    call.key = key_;
    call.headers = {etag_.empty() ? std::pair<std::string, std::string>("if-none-match", "*")
                                  : std::pair<std::string, std::string>("if-match", etag_)};
    // The number makes each put another object, with an ETag of its own.
    call.body = to_line(Json{{"token", token_}, {"puts", ++puts_}, {"owner", wish_.owner}, {"seconds", wish_.seconds},
                             {"holder", fmt::format("{} process {}", host_name(), process_number())}});
    const Result<HttpClientResponse> response = client_.send(call, {});
    if (response) {
      etag_ = header(*response, "etag");
      if (etag_.empty()) return Error(Code::unavailable, client_.name(key_) + " was taken without an ETag");
      until_ns_ = start_ns + wish_.seconds * 1'000'000'000;
      return {};
    }
    const Code code = response.error().code();
    if (code != Code::already_exists && code != Code::not_found) return response.error();
    const Seen now = NARU_TRY(look());
    if (now.token != token_) {
      lost_ = true;
      return lost_to(now);
    }
    etag_ = now.etag;  // ours: it was put, and the answer was lost
  }
  return Error(Code::unavailable, client_.name(key_) + " cannot be renewed: its answers are lost");
}

Error Lease::lost_to(const Seen& seen) const {
  return {Code::timeout, fmt::format("another run{}{} writes {} now: nothing more is written there; try again when it "
                                     "is over", seen.holder.empty() ? "" : ", ", seen.holder,
                                     client_.name(wish_.key))};
}

Status Lease::confirm() {
  const std::lock_guard lock(mutex_);
  if (lost_) return lost_to({});
  NARU_TRY(put());
  if (system_clock().monotonic_ns() < until_ns_) return {};
  return Error(Code::timeout, "the lease on " + client_.name(wish_.key) + " ended before it could be renewed");
}

bool Lease::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

// What fails is tried again at the next time; confirm() says what came of it.
void Lease::keep(const std::stop_token& stop) {
  while (system_clock().sleep_ms(wish_.seconds * 1000 / kRenewalsALease, stop)) {
    const std::lock_guard lock(mutex_);
    if (lost_) return;
    (void)put();
  }
}

Result<bool> keeps_conditions(S3Client& client, const std::string& key) {
  Call call;
  call.method = "PUT";
  call.key = key + ".naru-probe";
  call.headers = {{"if-match", std::string(kNoEtag)}};
  call.body = "{}";
  const Result<HttpClientResponse> response = client.send(call, {});
  if (!response) {
    const Code code = response.error().code();
    if (code == Code::already_exists || code == Code::not_found) return true;
    return response.error();
  }
  call.method = "DELETE";
  call.headers.clear();
  call.body.clear();
  (void)client.send(call, {});
  return false;
}

}  // namespace naru::s3
