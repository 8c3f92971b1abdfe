#include "parse/mail/flowed.h"

#include <algorithm>

namespace naru::mail {

std::string join_flowed_lines(std::string_view text, bool wrapped_with_blank) {
  std::string joined;
  std::size_t open_depth = 0;  // of the quote in which the last line goes on
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t depth = std::min(line.find_first_not_of('>'), line.size());
    line.remove_prefix(depth);
    if (line.starts_with(' ')) line.remove_prefix(1);  // stuffed, so that it is not taken for a mark
    const bool signature = line == "-- ";
    const bool goes_on = open && depth == open_depth && !signature;
    if (open && !goes_on) joined += '\n';
    if (!goes_on && depth > 0) joined.append(depth, '>').append(" ");
    open = line.ends_with(' ') && !signature;
    open_depth = depth;
    if (open && wrapped_with_blank) line.remove_suffix(1);
    joined += line;
    if (!open) joined += '\n';
  }
  return joined;
}

}  // namespace naru::mail
