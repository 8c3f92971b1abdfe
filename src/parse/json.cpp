// json: JSON and JSON lines, an element of the outermost list or object a record.
//
// Each record becomes a paragraph of lines "path.of.keys: value"; texts keep their lines, empty values are left out.
// JSON lines are told from one value by a second value behind the first. Every record knows its bytes. What is no JSON
// is kept as text with a warning, in JSON lines line by line. Nesting beyond base/json.h's limit is kept as it is
// written.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kLinesOfRecordMax = 100'000;
constexpr std::size_t kWarnedMax = 3;  // records that are no JSON, each named

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// Behind the string that begins at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Behind the value that begins at `at`: its brackets are counted, what stands between them is not looked at.
std::size_t value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    }
    if (depth == 0 && (c == ',' || is_blank(c))) return at;
    ++at;
  }
  return text.size();
}

// Lines "path: value" of everything below. parse_json() bounds the depth.
void add_lines(const Json& value, const std::string& path, std::string& out, std::size_t& lines) {
  if (value.is_null() || lines >= kLinesOfRecordMax) return;
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) add_lines(inner, path.empty() ? key : path + "." + key, out, lines);
    return;
  }
  if (value.is_array()) {
    const bool plain = std::none_of(value.begin(), value.end(), [](const Json& one) { return one.is_structured(); });
    if (!plain) {
      for (const Json& one : value) add_lines(one, path, out, lines);
      return;
    }
  }
  std::string text;
  const auto add = [&text](const Json& one) {
    const std::string piece = one.is_string() ? one.get<std::string>() : one.is_null() ? "" : one.dump();
    if (!text.empty() && !piece.empty()) text += ", ";
    text += piece;
  };
  if (value.is_array()) {
    for (const Json& one : value) add(one);
  } else {
    add(value);
  }
  if (text.empty()) return;
  ++lines;
  if (!out.empty()) out += '\n';
  out += path.empty() ? text : path + ": " + text;
}

class RecordReader {
 public:
  RecordReader(const Decoded& decoded, Document& document)
      : text_(decoded.text), decoded_(decoded), document_(document), blocks_(document) {}

  // One value after the other: one of JSON, many of JSON lines.
  void read() {
    for (std::size_t at = skip_blanks(text_, 0); at < text_.size(); at = skip_blanks(text_, at)) {
      const std::size_t end = std::max(value_end(text_, at), at + 1);
      const bool only = skip_blanks(text_, end) >= text_.size() && document_.blocks.empty();
      if (only && text_[at] == '[') {
        elements(at + 1, false);
      } else if (only && text_[at] == '{') {
        elements(at + 1, true);
      } else {
        record(at, end, "");
      }
      at = end;
    }
    if (broken_ > kWarnedMax) document_.warnings.push_back(fmt::format("{} records are no JSON", broken_));
  }

 private:
  // Elements of the list, or members of the object, that was opened before `at`.
  void elements(std::size_t at, bool named) {
    while (true) {
      at = skip_blanks(text_, at);
      while (at < text_.size() && text_[at] == ',') at = skip_blanks(text_, at + 1);
      if (at >= text_.size() || text_[at] == ']' || text_[at] == '}') return;
      const std::size_t start = at;
      std::string name;
      if (named && text_[at] == '"') {
        at = string_end(text_, at);
        const Result<Json> key = parse_json(text_.substr(start, at - start));
        if (key && key->is_string()) name = key->get<std::string>();
        at = skip_blanks(text_, at);
        if (at < text_.size() && text_[at] == ':') at = skip_blanks(text_, at + 1);
      }
      const std::size_t end = std::max(value_end(text_, at), at + 1);
      record(at, std::min(end, text_.size()), name, start);
      at = end;
    }
  }

  void record(std::size_t start, std::size_t end, const std::string& name, std::size_t from = std::string::npos) {
    if (start >= text_.size()) return;
    const std::string_view raw = std::string_view(text_).substr(start, end - start);
    const Result<Json> value = parse_json(raw);
    Block block;
    if (value) {
      std::size_t lines = 0;
      add_lines(*value, name, block.text, lines);
      if (lines >= kLinesOfRecordMax) document_.warnings.push_back("a record was cut: it has too many values");
    } else {
      if (++broken_ <= kWarnedMax) {
        const std::size_t line = static_cast<std::size_t>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
        document_.warnings.push_back(fmt::format("line {}: {}; kept as text", line + 1, value.error().message()));
      }
      block.kind = BlockKind::code;
      block.text = raw;
    }
    const std::size_t first = std::min(from, start);
    block.locator.bytes = ByteRange{decoded_.original_offset(first), decoded_.original_offset(end)};
    blocks_.add(std::move(block));
  }

  const std::string& text_;
  const Decoded& decoded_;
  Document& document_;
  BlockList blocks_;
  std::size_t broken_ = 0;
};

bool is_json_hint(std::string_view hint) {
  return hint == "json" || hint == "jsonl" || hint == "ndjson" || hint == "geojson" || hint == "jsonld";
}

class JsonParser : public Parser {
 public:
  std::string_view format() const override { return "json"; }

  Confidence detect(const ParseInput& input) const override {
    if (!may_be_text(input.bytes)) return Confidence::no;
    if (is_json_hint(input.media_hint)) return Confidence::certain;
    const std::size_t first = skip_blanks(input.bytes, 0);
    if (!input.media_hint.empty() || first >= input.bytes.size()) return Confidence::no;
    const std::size_t second = skip_blanks(input.bytes, first + 1);
    const bool object = input.bytes[first] == '{' && second < input.bytes.size() && input.bytes[second] == '"';
    return object ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "json");
    const Decoded decoded = decode_into(document, input.bytes);
    RecordReader(decoded, document).read();
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_json(Registry& registry) {
  registry.add_parser({.name = "json",
                       .summary = "JSON and JSON lines: an element a record, lines of path and value",
                       .version = 2},
                      [] { return std::make_unique<JsonParser>(); });
}

}  // namespace naru
