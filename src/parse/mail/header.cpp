#include "parse/mail/header.h"

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "parse/mail/transfer.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru::mail {

namespace {

constexpr std::size_t kParametersMax = 200;
constexpr std::size_t kCharsetBytesMax = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Field names are printable ASCII without blanks; some writers put blanks before the colon.
std::size_t name_end(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && line[end] > ' ' && line[end] < 0x7f && line[end] != ':') ++end;
  const std::size_t colon = line.find_first_not_of(" \t", end);
  return end > 0 && colon != std::string_view::npos && line[colon] == ':' ? end : std::string_view::npos;
}

std::string one_line(std::string_view text) { return nfc(fold_white_space(text)); }

std::string to_utf8(std::string_view bytes, std::string_view charset) { return decode_text(bytes, charset).text; }

// ---- encoded words
// ----------------------------------------------------------------------------------------------------

struct EncodedWord {
  std::string_view charset;
  std::string bytes;
  std::size_t end = 0;  // behind it
};

// "=?charset*language?B?text?=" at `at`. The text may hold blanks, which it must not.
bool read_encoded_word(std::string_view value, std::size_t at, EncodedWord& word) {
  const std::size_t first = value.find('?', at + 2);
  if (first == std::string_view::npos || first - at - 2 > kCharsetBytesMax || first + 2 >= value.size()) return false;
  if (value[first + 2] != '?') return false;
  const char encoding = static_cast<char>(value[first + 1] | 0x20);
  if (encoding != 'b' && encoding != 'q') return false;
  std::size_t end = value.find("?=", first + 3);
  if (end == std::string_view::npos) end = value.size();  // cut off by its writer
  word.charset = value.substr(at + 2, first - at - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));
  const std::string_view text = value.substr(first + 3, end - first - 3);
  word.bytes = encoding == 'b' ? decode_base64(text) : decode_quoted_printable(text, true);
  word.end = std::min(end + 2, value.size());
  return true;
}

// Encoded words side by side are one text: a character may begin in one and end in the next.
class WordDecoder {
 public:
  WordDecoder(std::string_view value, std::string_view charset) : value_(value), charset_(charset) {}

  std::string decode() {
    std::size_t plain = 0;
    for (std::size_t at = value_.find("=?"); at != std::string_view::npos; at = value_.find("=?", at)) {
      EncodedWord word;
      if (!read_encoded_word(value_, at, word)) {
        at += 2;
        continue;
      }
      const std::string_view between = value_.substr(plain, at - plain);
      if (open_ && trim(between).empty()) {
        if (case_fold(word.charset) != case_fold(open_charset_)) flush();
      } else {
        flush();
        add_plain(between);
      }
      open_ = true;
      open_charset_ = word.charset;
      bytes_ += word.bytes;
      at = plain = word.end;
    }
    flush();
    add_plain(value_.substr(plain));
    return one_line(out_);
  }

 private:
  void flush() {
    if (open_) out_ += to_utf8(bytes_, open_charset_);
    bytes_.clear();
    open_ = false;
  }
  void add_plain(std::string_view text) { out_ += is_valid_utf8(text) ? std::string(text) : to_utf8(text, charset_); }

  const std::string_view value_, charset_;
  std::string out_, bytes_;
  std::string_view open_charset_;
  bool open_ = false;
};

// ---- parameters
// -------------------------------------------------------------------------------------------------------

std::string percent_decoded(std::string_view text) {
  std::string marked;
  for (const char c : text) marked += c == '%' ? '=' : c;
  return decode_quoted_printable(marked, false);
}

// The pieces of one parameter (RFC 2231): name*0*, name*1, ...
struct Pieces {
  std::map<unsigned, std::pair<std::string, bool>> parts;  // by number: the value, and whether it is percent-encoded
};

std::string joined(const Pieces& pieces) {
  std::string_view charset;
  std::string bytes;
  bool encoded = false;
  for (const auto& [number, part] : pieces.parts) {
    std::string_view value = part.first;
    encoded = encoded || part.second;
    if (part.second && &part == &pieces.parts.begin()->second) {
      const std::size_t quote = value.find('\'');
      const std::size_t second = quote == std::string_view::npos ? quote : value.find('\'', quote + 1);
      if (second != std::string_view::npos) {
        charset = value.substr(0, quote);
        value.remove_prefix(second + 1);
      }
    }
    bytes += part.second ? percent_decoded(value) : std::string(value);
  }
  return encoded ? one_line(to_utf8(bytes, charset)) : decode_words(bytes);
}

// Reads a quoted string or what stands up to the next semicolon.
std::string read_value(std::string_view text, std::size_t& at) {
  std::string value;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      // A backslash in a path of Windows is one; before a quote or another one it protects.
      if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
      value += text[at];
    }
    at = std::min(text.find(';', at), text.size());
    return value;
  }
  const std::size_t end = std::min(text.find(';', at), text.size());
  value = trim(text.substr(at, end - at));
  at = end;
  return value;
}

}  // namespace

std::string_view Fields::first(std::string_view name) const {
  for (const Field& field : all) {
    if (field.name == name) return field.value;
  }
  return {};
}

Fields read_fields(std::string_view message) {
  Fields fields;
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    std::string_view line = message.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t next = std::min(end + 1, message.size());
    if (line.empty()) {
      at = next;
      break;
    }
    if (is_blank(line.front()) && !fields.all.empty()) {
      std::string& value = fields.all.back().value;
      if (value.size() + line.size() <= kFieldBytesMax) value.append(" ").append(trim(line));
    } else if (const std::size_t name = name_end(line); name != std::string_view::npos) {
      const std::size_t colon = line.find(':', name);
      if (fields.all.size() < kFieldsMax) {
        fields.all.push_back(
            {case_fold(line.substr(0, name)), std::string(trim(line.substr(colon + 1)).substr(0, kFieldBytesMax))});
      }
    } else if (!line.starts_with("From ") && !line.starts_with(">From ")) {
      break;  // the empty line is missing, and this is text
    }
    at = next;
  }
  fields.size = at;
  return fields;
}

std::string decode_words(std::string_view value, std::string_view charset) {
  return WordDecoder(value, charset).decode();
}

std::string_view Parameters::named(std::string_view name) const {
  for (const auto& [key, value] : all) {
    if (key == name) return value;
  }
  return {};
}

Parameters read_parameters(std::string_view value) {
  Parameters parameters;
  const std::size_t first = std::min(value.find(';'), value.size());
  parameters.value = case_fold(trim(value.substr(0, first)));
  std::vector<std::pair<std::string, Pieces>> found;
  for (std::size_t at = first; at < value.size() && found.size() < kParametersMax;) {
    if (value[at] == ';' || is_blank(value[at])) {
      ++at;
      continue;
    }
    const std::size_t equals = value.find_first_of("=;", at);
    if (equals == std::string_view::npos) break;
    if (value[equals] == ';') {
      at = equals;
      continue;
    }
    std::string name = case_fold(trim(value.substr(at, equals - at)));
    at = equals + 1;
    while (at < value.size() && is_blank(value[at])) ++at;
    const std::string text = read_value(value, at);
    const bool encoded = name.ends_with('*');
    if (encoded) name.pop_back();
    unsigned number = 0;
    if (const std::size_t star = name.find('*'); star != std::string::npos) {
      for (std::size_t i = star + 1; i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 1000; ++i) {
        number = number * 10 + static_cast<unsigned>(name[i] - '0');
      }
      name.resize(star);
    }
    const auto same = [&](const auto& one) { return one.first == name; };
    auto place = std::find_if(found.begin(), found.end(), same);
    if (place == found.end()) place = found.insert(found.end(), {name, Pieces()});
    place->second.parts.emplace(number, std::pair(text, encoded));
  }
  for (const auto& [name, pieces] : found) parameters.all.emplace_back(name, joined(pieces));
  return parameters;
}

std::string message_id_of(std::string_view value) {
  const std::size_t open = value.find('<');
  const std::size_t close = value.find('>', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos) {
    return one_line(repair_utf8(value.substr(open + 1, close - open - 1)));
  }
  return one_line(repair_utf8(value.substr(0, value.find(' '))));
}

}  // namespace naru::mail
