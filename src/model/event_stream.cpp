#include "model/event_stream.h"

namespace naru {

namespace {

// A piece of an answer is some bytes; the largest events that endpoints send are the log-probabilities of a token.
constexpr std::size_t kEventBytesMax = 1 << 20;

}  // namespace

Status EventStream::add(std::string_view piece, const std::function<Status(std::string_view)>& on_data) {
  while (!piece.empty()) {
    if (after_return_ && piece.front() == '\n') piece.remove_prefix(1);  // the second half of \r\n
    after_return_ = false;
    const std::size_t end = piece.find_first_of("\r\n");
    line_ += piece.substr(0, end);
    if (line_.size() + data_.size() > kEventBytesMax) {
      return Error(Code::limit_exceeded, "one event of more than " + std::to_string(kEventBytesMax) + " bytes");
    }
    if (end == std::string_view::npos) return {};
    after_return_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    const std::string line = std::move(line_);
    line_.clear();
    NARU_TRY(take_line(line, on_data));
  }
  return {};
}

Status EventStream::finish(const std::function<Status(std::string_view)>& on_data) {
  const std::string line = std::move(line_);
  line_.clear();
  if (!line.empty()) NARU_TRY(take_line(line, on_data));
  return dispatch(on_data);
}

Status EventStream::take_line(std::string_view line, const std::function<Status(std::string_view)>& on_data) {
  if (line.empty()) return dispatch(on_data);
  const bool is_data = line == "data" || line.starts_with("data:");
  if (!is_data) return {};
  line.remove_prefix(std::min<std::size_t>(line.size(), 5));
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += line;
  has_data_ = true;
  return {};
}

Status EventStream::dispatch(const std::function<Status(std::string_view)>& on_data) {
  if (!has_data_) return {};
  has_data_ = false;
  any_ = true;
  const std::string data = std::move(data_);
  data_.clear();
  return on_data(data);
}

}  // namespace naru
