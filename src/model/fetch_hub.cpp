#include <fmt/format.h>

#include <algorithm>

#include "model/fetch.h"
#include "runtime/files.h"
#include "runtime/http.h"

namespace naru {

namespace {

// A closed network often drops packets instead of refusing; the person should not wait long before the mirrors are
// tried.
constexpr std::uint32_t kConnectTimeoutMs = 6'000;
constexpr std::uint32_t kIdleTimeoutMs = 30'000;
// So many tries in a row that bring nothing; one that brought bytes starts the count again.
constexpr int kFailuresMax = 3;
// All tries together: a server that breaks off after each megabyte is not used.
constexpr int kTriesMax = 100;
constexpr std::uint32_t kWaitMs = 500, kWaitMsMax = 30'000;
constexpr std::size_t kPieceBytes = 1 << 20;

struct Try {
  Status status;              // an error here ends everything: disk, stop
  bool again = false;         // something that may be better next time
  std::string reason;         // why it is not whole yet
  std::uint32_t wait_ms = 0;
};

Status refusal(int status, const std::string& url) {
  if (status == 404 || status == 410) return Error(Code::not_found, fmt::format("{} is not there ({})", url, status));
  return Error(Code::unavailable, fmt::format("{} was refused ({})", url, status));
}

class HubFetch {
 public:
  HubFetch(const SourceFile& source, const std::string& path, const FetchContext& context)
      : source_(source), path_(path), context_(context) {}

  Status run() {
    int failures = 0;
    for (int tries = 0; tries < kTriesMax; ++tries) {
      const std::uint64_t before = NARU_TRY(have());
      if (before == source_.bytes) return {};
      const Try outcome = attempt(before);
      NARU_TRY(Status(outcome.status));
      const std::uint64_t after = NARU_TRY(have());
      if (after == source_.bytes) return {};
      if (!outcome.again) return Error(Code::unavailable, outcome.reason);
      failures = after > before ? 1 : failures + 1;
      if (failures >= kFailuresMax) return Error(Code::unavailable, outcome.reason);
      const std::uint32_t wait_ms = outcome.wait_ms != 0 ? outcome.wait_ms : kWaitMs << (failures - 1);
      if (!context_.clock.sleep_ms(wait_ms, context_.stop)) return Error(Code::cancelled, "stopped");
    }
    return Error(Code::unavailable, source_.hub_url + " breaks off again and again");
  }

 private:
  Result<std::uint64_t> have() const {
    if (!file_exists(path_)) return std::uint64_t{0};
    const std::uint64_t size = NARU_TRY(file_size(path_));
    if (size <= source_.bytes) return size;
    NARU_TRY(remove_file(path_));
    return std::uint64_t{0};
  }

  Try attempt(std::uint64_t have) {
    PieceWriter writer(path_);
    Status written;
    bool range = false, first = true;
    HttpClientRequest request;
    request.url = source_.hub_url;
    request.connect_timeout_ms = kConnectTimeoutMs;
    request.timeout_ms = 0;
    request.idle_timeout_ms = kIdleTimeoutMs;
    request.body_bytes_max = source_.bytes;
    if (have != 0) request.headers.emplace_back("Range", fmt::format("bytes={}-", have));
    request.on_status = [&](int status) { range = status == 206; };
    request.on_body = [&](std::string_view piece) {
      if (first && !range && have != 0) {  // the whole file comes although a part was asked for
        have = 0;
        written = remove_file(path_);
      }
      first = false;
      if (written) written = writer.add(piece);
      context_.progress("fetching from the hub", have + writer.bytes());
      return written.has_value();
    };
    Result<HttpClientResponse> response = client_.send(request, context_.stop);
    if (written) written = writer.finish();
    return judge(response, written, have);
  }

  Try judge(const Result<HttpClientResponse>& response, const Status& written, std::uint64_t have) {
    Try outcome;
    if (!written) {
      outcome.status = written;
    } else if (!response) {
      const Error& error = response.error();
      outcome.again = error.code() == Code::unavailable || error.code() == Code::timeout;
      outcome.reason = error.describe();
      if (!outcome.again) outcome.status = error;
    } else if (response->status == 416 && have != 0) {
      outcome.status = remove_file(path_);  // the file there is shorter than what we have of it
      outcome.again = true;
      outcome.reason = source_.hub_url + " has another file";
    } else if (response->status == 408 || response->status == 429 || response->status >= 500) {
      outcome.again = true;
      outcome.reason = fmt::format("{} answers {}", source_.hub_url, response->status);
      outcome.wait_ms = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(std::uint64_t{response->retry_after_s} * 1000, kWaitMsMax));
    } else if (response->status >= 300) {
      outcome.status = refusal(response->status, source_.hub_url);
    } else {
      outcome.reason = source_.hub_url + " is shorter than the file should be";
    }
    return outcome;
  }

  const SourceFile& source_;
  const std::string& path_;
  const FetchContext& context_;
  HttpClient client_;
};

}  // namespace

Status PieceWriter::add(std::string_view piece) {
  waiting_ += piece;
  bytes_ += piece.size();
  return waiting_.size() < kPieceBytes ? Status{} : finish();
}

Status PieceWriter::finish() {
  if (waiting_.empty()) return {};
  const Status written = append_file(path_, waiting_);
  waiting_.clear();
  return written;
}

Status fetch_from_hub(const SourceFile& source, const std::string& path, const FetchContext& context) {
  return HubFetch(source, path, context).run();
}

}  // namespace naru
