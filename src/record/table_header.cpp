#include "record/table_header.h"

#include <algorithm>

#include "text/unicode.h"

namespace naru {

namespace {

// What names a table's columns is said with each part of the table; longer than this it is no name.
constexpr std::size_t kHeaderBytesMax = 512;

}  // namespace

std::size_t table_header_bytes(const Block& table) {
  std::size_t end = 0;
  for (std::uint32_t row = 0; row < table.header_rows; ++row) {
    const std::size_t line_end = table.text.find('\n', end);
    if (line_end == std::string::npos) return 0;
    end = line_end + 1;
  }
  return end;
}

std::string table_header(const Block& table) {
  const std::size_t end = table_header_bytes(table);
  if (end == 0) return {};
  std::string header = table.text.substr(0, end - 1);
  std::replace(header.begin(), header.end(), '\n', ' ');
  header.resize(whole_characters(header, kHeaderBytesMax));
  return header;
}

}  // namespace naru
