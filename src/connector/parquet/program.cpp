#include "connector/parquet/program.h"

#include <fmt/format.h>

#include "base/little_endian.h"
#include "runtime/files.h"
#include "runtime/shared_library.h"
#include "runtime/subprocess.h"

namespace naru::parquet {

namespace {

// The program's own clock ends it before.
constexpr std::uint64_t kTimeoutMs = 1'900'000;
constexpr int kSignals = 128, kSignalKill = 9, kSignalAlarm = 14, kSignalProcessorTime = 24;

// Messages out of pieces of a stream.
class Messages {
 public:
  explicit Messages(const Take& take) : take_(take) {}

  Status add(std::string_view piece) {
    waiting_ += piece;
    std::size_t at = 0;
    while (waiting_.size() - at >= kParquetMessageHead) {
      BoundedReader head(std::string_view(waiting_).substr(at + 1));
      const auto size = head.number<std::uint32_t>();
      if (size > kParquetMessageMax) return Error(Code::corrupt, "naru-parquet says what cannot be");
      if (waiting_.size() - at - kParquetMessageHead < size) break;
      NARU_TRY(act(static_cast<ParquetMessage>(waiting_[at]),
                   std::string_view(waiting_).substr(at + kParquetMessageHead, size)));
      at += kParquetMessageHead + size;
    }
    waiting_.erase(0, at);
    return {};
  }

  bool ended() const { return ended_ && waiting_.empty(); }
  const std::optional<Error>& error() const { return error_; }

 private:
  Status act(ParquetMessage kind, std::string_view payload) {
    if (ended_ || error_) return Error(Code::corrupt, "naru-parquet goes on after its end");
    if (kind == ParquetMessage::error) {
      const std::size_t blank = payload.find(' ');
      Code code = Code::corrupt;
      for (const Code one : {Code::unsupported, Code::unavailable, Code::limit_exceeded, Code::invalid_argument}) {
        if (payload.substr(0, blank) == code_name(one)) code = one;
      }
      error_ = Error(code, std::string(payload.substr(std::min(payload.size(), blank + 1))));
      return {};
    }
    ended_ = kind == ParquetMessage::end;
    return ended_ ? Status() : take_(kind, payload);
  }

  const Take& take_;
  std::string waiting_;
  std::optional<Error> error_;
  bool ended_ = false;
};

}  // namespace

Result<std::string> find_program() {
  std::string path = join_path(join_path(bundled_library_folder(), "parquet"), "naru-parquet");
  if (file_exists(path)) return path;
  return Error(Code::unavailable, fmt::format("there is no {}: this naru was built without Parquet: run "
                                              "scripts/bootstrap and build again, or copy lib/naru/parquet beside it",
                                              path));
}

Finding check_program() {
  const Result<std::string> path = find_program();
  if (!path) return {"program", Verdict::missing, path.error().describe()};
  return {"program", Verdict::good, "naru-parquet reads and writes Parquet, in a sandbox"};
}

Status ask(std::string_view operation, const Json& request, const std::string& file, const Take& take,
           std::stop_token stop) {
  Messages messages(take);
  ProcessOptions options;
  options.timeout_ms = kTimeoutMs;
  options.input_path = file;
  options.errors_apart = true;
  options.bare_environment = true;
  options.consume = [&](std::string_view piece) { return messages.add(piece); };
  const ProcessResult ended =
      NARU_TRY(run_process({NARU_TRY(find_program()), std::string(operation), to_line(request)}, options, stop));
  if (messages.error()) return *messages.error();
  if (ended.exit_status == 0 && messages.ended()) return {};
  switch (ended.exit_status - kSignals) {
    case kSignalAlarm:
    case kSignalProcessorTime: return Error(Code::timeout, "reading it takes too long");
    case kSignalKill: return Error(Code::limit_exceeded, "naru-parquet was killed, as a system without memory does");
    default: break;
  }
  const std::string said = ended.errors.empty() ? "" : ": " + ended.errors;
  return Error(Code::corrupt, fmt::format("naru-parquet ended without an answer, with status {}{}", ended.exit_status,
                                          said));
}

std::optional<std::uint64_t> number_at(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace naru::parquet
