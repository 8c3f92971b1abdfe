#include "connector/shared/csv_format.h"

#include <fmt/format.h>

#include "record/value_json.h"

namespace naru {

Result<char> delimiter_of(const Options& options, char automatic) {
  const std::string& text = options.text("delimiter");
  if (text == "auto") return automatic;
  if (text == "tab" || text == "\\t") return '\t';
  const bool one = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80;
  if (one && text != "\"" && text != "\n" && text != "\r") return text[0];
  return Error(Code::invalid_argument, fmt::format("{}: `delimiter` is one character such as , ; | or tab, not \"{}\"",
                                                   options.place.text(), text));
}

void append_cell(std::string& line, std::string_view text, char delimiter) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool plain = !text.empty() && !blank(text.front()) && !blank(text.back()) &&
                     text.find_first_of("\"\r\n") == std::string_view::npos &&
                     text.find(delimiter) == std::string_view::npos;
  if (plain) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void append_cell(std::string& line, const Value& value, char delimiter) {
  if (value.is_null()) return;
  if (const std::string* text = value.text()) return append_cell(line, std::string_view(*text), delimiter);
  std::string written;
  append_json(written, value);
  append_cell(line, std::string_view(written), delimiter);
}

}  // namespace naru
