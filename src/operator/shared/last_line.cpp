#include "operator/shared/last_line.h"

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kLastLineBytesMax = 300;

}  // namespace

std::string last_line(std::string_view errors) {
  const std::size_t end = errors.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  errors = errors.substr(0, end + 1);
  const std::size_t start = errors.find_last_of("\r\n");
  if (start != std::string_view::npos) errors.remove_prefix(start + 1);
  std::string line = fold_white_space(repair_utf8(errors));
  std::erase_if(line, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
  line.resize(whole_characters(line, kLastLineBytesMax));
  return line;
}

}  // namespace naru
