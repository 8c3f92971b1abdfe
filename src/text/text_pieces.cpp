#include "text/text_pieces.h"

#include <algorithm>

namespace naru {

namespace {

// Enough to find a charset in; and read at once while looking at all of a text.
constexpr std::size_t kHeadBytes = 1U << 20;

bool is_high_surrogate(std::string_view unit, bool big) {
  return (static_cast<unsigned char>(unit[big ? 0 : 1]) & 0xfc) == 0xd8;
}

std::size_t cut_utf16(std::string_view bytes, bool big) {
  const std::size_t size = bytes.size() / 2 * 2;
  return size >= 2 && is_high_surrogate(bytes.substr(size - 2), big) ? size - 2 : size;
}

// Before a character whose last bytes are missing.
std::size_t cut_utf8(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;  // of a character that begins before it
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.size() - back : bytes.size();
  }
  return bytes.size();
}

// After the last byte below '0', which no charset of several bytes has within a character; one that shifts by escapes
// begins anew with each line.
std::size_t cut_after_ascii(std::string_view bytes, bool by_lines) {
  for (std::size_t size = bytes.size(); size > 0; --size) {
    const auto byte = static_cast<unsigned char>(bytes[size - 1]);
    if (by_lines ? byte == '\n' : byte < '0') return size;
  }
  return bytes.size();
}

// How much of these bytes ends where a character ends.
std::size_t cut(std::string_view bytes, std::string_view charset) {
  if (charset.starts_with("UTF-32")) return bytes.size() / 4 * 4;
  if (charset.starts_with("UTF-16")) return cut_utf16(bytes, charset.ends_with("BE"));
  if (charset == "UTF-8") return cut_utf8(bytes);
  return cut_after_ascii(bytes, charset.starts_with("ISO-2022"));
}

}  // namespace

Result<TextPieces> TextPieces::open(ReadAt read_at, const std::string& hint) {
  TextPieces pieces(std::move(read_at));
  const std::string head = NARU_TRY(pieces.read_at_(0, kHeadBytes));
  pieces.charset_ = NARU_TRY(pieces.find_charset(head, hint));
  pieces.at_ = byte_order_mark(head);
  return pieces;
}

// What the first bytes say, unless they say UTF-8 and the rest is none: then what the first bytes say that are not.
Result<std::string> TextPieces::find_charset(std::string_view head, const std::string& hint) const {
  const auto charset_of = [&](std::string_view bytes) {
    const std::size_t size = bytes.size() < kHeadBytes ? bytes.size() : cut(bytes, "UTF-8");
    return decode_text(bytes.substr(0, size), hint).charset;
  };
  std::string charset = charset_of(head);
  if (charset != "UTF-8" || byte_order_mark(head) > 0) return charset;
  Utf8Check check;
  std::string other;
  for (std::uint64_t offset = 0;;) {
    std::string bytes = NARU_TRY(read_at_(offset, kHeadBytes));
    if (bytes.empty()) break;
    if (bytes.size() == kHeadBytes) bytes.resize(cut(bytes, charset));
    offset += bytes.size();
    const bool is_utf8 = check.add(bytes);
    if ((!is_utf8 || !other.empty()) && other.size() < kHeadBytes) other += bytes;
  }
  return check.is_nearly_valid() ? charset : charset_of(other);
}

Result<TextPieces::Piece> TextPieces::next(std::size_t bytes) {
  std::string read = NARU_TRY(read_at_(at_, bytes));
  if (read.size() == bytes) {  // else the end
    const std::size_t size = cut(read, charset_);
    if (size > 0) read.resize(size);
  }
  Piece piece;
  piece.original = at_;
  at_ += read.size();
  piece.decoded = decode_as(read, charset_);
  return piece;
}

}  // namespace naru
