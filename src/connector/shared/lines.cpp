#include "connector/shared/lines.h"

namespace naru {

namespace {

// Read at once while looking for line ends.
constexpr std::size_t kReadBytes = 1U << 20;

}  // namespace

Status read_lines(const ReadAt& read_at, std::uint64_t line_bytes_max, const std::stop_token& stop,
                  const std::function<Status(const Line& line)>& visit) {
  Line line;  // as far as it was read
  for (std::uint64_t offset = 0;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading lines");
    const std::string bytes = NARU_TRY(read_at(offset, kReadBytes));
    offset += bytes.size();
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view part = rest.substr(0, end);
      line.size += part.size();
      if (line.size <= line_bytes_max) {
        line.text += part;
      } else {
        line.text.clear();
      }
      if (end == std::string_view::npos) break;
      NARU_TRY(visit(line));
      line.offset += line.size + 1;
      line.size = 0;
      ++line.number;
      line.text.clear();
      rest.remove_prefix(end + 1);
    }
    if (bytes.empty()) break;
  }
  return line.size > 0 ? visit(line) : Status();
}

}  // namespace naru
