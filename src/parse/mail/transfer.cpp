#include "parse/mail/transfer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"

namespace naru::mail {

namespace {

constexpr int kNone = -1;

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = kNone;
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr std::array<std::int8_t, 256> kBase64Values = base64_values();

// A line of base64 in which more than one of so many characters is no digit was not damaged on its way: it is none.
constexpr std::size_t kForeignShareMin = 4;

// Text among the lines of base64, as what mailing lists put behind a message, or all of a body that only says it is
// encoded: words with blanks between them, or much that is no digit.
bool is_text_line(std::string_view line) {
  line = trim(line);
  if (line.find_first_of(" \t") != std::string_view::npos) return true;
  const auto foreign = static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return c != '=' && kBase64Values[static_cast<unsigned char>(c)] == kNone;
  }));
  return foreign * kForeignShareMin > line.size();
}

// A line of uuencode: its first character is its length, four characters are three bytes.
void decode_uu_line(std::string_view line, std::string& out) {
  const auto value = [&](std::size_t i) { return i < line.size() ? (static_cast<unsigned>(line[i]) - 32U) & 63U : 0U; };
  std::size_t left = value(0);
  for (std::size_t at = 1; left > 0 && at < line.size(); at += 4) {
    const unsigned bits = value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3);
    for (int shift = 16; shift >= 0 && left > 0; shift -= 8, --left) out += static_cast<char>(bits >> shift & 0xff);
  }
}

}  // namespace

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') {  // the end of one encoded text; another may follow it
      bits = 0;
      count = 0;
      continue;
    }
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value == kNone) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

std::string decode_base64_body(std::string_view body) {
  std::string out;
  std::size_t encoded = 0;  // where the lines of base64 begin that are not decoded yet
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size() - 1) + 1;
    std::string_view line = body.substr(at, end - at);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (is_text_line(line)) {
      out += decode_base64(body.substr(encoded, at - encoded));
      if (!out.empty() && out.back() != '\n') out += '\n';
      out.append(body, at, end - at);
      encoded = end;
    }
    at = end;
  }
  return out + decode_base64(body.substr(encoded));
}

std::string decode_quoted_printable(std::string_view text, bool in_header) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_' && in_header) {
      out += ' ';
      continue;
    }
    if (c != '=') {
      out += c;
      continue;
    }
    // A soft line break may have blanks behind its sign.
    const std::size_t next = text.find_first_not_of(" \t", i + 1);
    if (!in_header && (next == std::string_view::npos || text[next] == '\r' || text[next] == '\n')) {
      if (next == std::string_view::npos) break;
      i = next + (text.substr(next, 2) == "\r\n" ? 1 : 0);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : kNone;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : kNone;
    if (high == kNone || low == kNone) {
      out += c;
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string decode_uuencode(std::string_view text) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (!inside) {
      inside = line.starts_with("begin ");
      continue;
    }
    if (line == "end") break;
    if (!line.empty()) decode_uu_line(line, out);
  }
  return out;
}

}  // namespace naru::mail
