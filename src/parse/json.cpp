// json: JSON and JSON lines, an element of the outermost list or object a record.
//
// Each record becomes a paragraph of lines "path.of.keys: value"; texts keep their lines, numbers stand as they are
// written, a key that occurs twice is read twice, empty values are left out. JSON lines are told from one value by a
// second value behind the first. Every record knows its bytes. What is no JSON is kept as text with a warning, in JSON
// lines line by line. Nesting beyond base/json.h's limit is kept as it is written. Of very many records the small ones
// behind the first 50,000 share a paragraph.
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
// Behind so many records small ones share a block: each block takes some hundred bytes beside its text.
constexpr std::size_t kRecordsApartMax = 50'000;
constexpr std::size_t kSharedBlockBytes = 4 << 10;  // some chunks
constexpr std::string_view kNumberCharacters = "0123456789+-.eE";
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

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view token) {
  const auto digits = [&token] {
    const std::size_t end = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(end);
    return end;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  const bool zero = token.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return token.empty();
}

// Numbers as strings: one that no machine number can hold is JSON all the same.
std::string with_quoted_numbers(std::string_view raw) {
  std::string quoted;
  for (std::size_t at = 0; at < raw.size();) {
    std::size_t end = at + 1;
    if (raw[at] == '"') {
      end = string_end(raw, at);
    } else if (kNumberCharacters.find(raw[at]) != std::string_view::npos) {
      end = std::min(raw.find_first_not_of(kNumberCharacters, at), raw.size());
    }
    const std::string_view token = raw.substr(at, end - at);
    const bool number = is_number(token);
    if (number) quoted += '"';
    quoted += token;
    if (number) quoted += '"';
    at = end;
  }
  return quoted;
}

Status check_json(std::string_view raw) {
  const Result<Json> value = parse_json(raw);
  if (value) return {};
  if (value.error().code() == Code::corrupt && parse_json(with_quoted_numbers(raw))) return {};
  return value.error();
}

// Lines "path: value" of everything in JSON that check_json() has passed, which bounds the depth too. It reads the text
// and not a tree, because a tree has each key once and numbers as a machine holds them.
class LineWriter {
 public:
  LineWriter(std::string_view json, std::string& out) : json_(json), out_(out) {}

  // False where it was cut.
  bool write(const std::string& name) {
    value(name);
    return lines_ < kLinesOfRecordMax;
  }

 private:
  void value(const std::string& path) {
    at_ = skip_blanks(json_, at_);
    if (json_[at_] == '{') return object(path);
    if (json_[at_] == '[') return array(path);
    line(path, scalar());
  }

  void object(const std::string& path) {
    while (next_inside('}')) {
      const std::string key = scalar();
      at_ = skip_blanks(json_, at_) + 1;  // ':'
      value(path.empty() ? key : path + "." + key);
    }
  }

  // Plain values stand in one line.
  void array(const std::string& path) {
    const bool plain = is_plain_array();
    std::string values;
    while (next_inside(']')) {
      if (!plain) {
        value(path);
        continue;
      }
      const std::string piece = scalar();
      if (!values.empty() && !piece.empty()) values += ", ";
      values += piece;
    }
    line(path, values);
  }

  // Goes to the next member or element; false behind the bracket that closes.
  bool next_inside(char close) {
    at_ = skip_blanks(json_, at_);
    if (json_[at_] != close) at_ = skip_blanks(json_, at_ + 1);  // '{', '[' or ','
    if (json_[at_] != close) return true;
    ++at_;
    return false;
  }

  bool is_plain_array() const {
    for (std::size_t at = skip_blanks(json_, at_ + 1); json_[at] != ']';) {
      if (json_[at] == '{' || json_[at] == '[') return false;
      at = skip_blanks(json_, value_end(json_, at));
      if (json_[at] == ',') at = skip_blanks(json_, at + 1);
    }
    return true;
  }

  // As written, strings without their escapes; nothing of null.
  std::string scalar() {
    const std::size_t end = json_[at_] == '"' ? string_end(json_, at_) : value_end(json_, at_);
    const std::string_view token = json_.substr(at_, end - at_);
    at_ = end;
    if (!token.starts_with('"')) return token == "null" ? std::string() : std::string(token);
    if (token.find('\\') == std::string_view::npos) return std::string(token.substr(1, token.size() - 2));
    const Result<Json> text = parse_json(token);
    std::string out = text && text->is_string() ? text->get<std::string>() : std::string();
    std::replace(out.begin(), out.end(), '\0', ' ');  // "\u0000": no text has one
    return out;
  }

  void line(const std::string& path, const std::string& text) {
    if (text.empty() || lines_ >= kLinesOfRecordMax) return;
    ++lines_;
    if (!out_.empty()) out_ += '\n';
    out_ += path.empty() ? text : path + ": " + text;
  }

  const std::string_view json_;
  std::string& out_;
  std::size_t at_ = 0, lines_ = 0;
};

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
    flush();
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
    const Status valid = check_json(raw);
    Block block;
    if (valid) {
      const bool whole = LineWriter(raw, block.text).write(name);
      if (!whole) document_.warnings.push_back("a record was cut: it has too many values");
    } else {
      if (++broken_ <= kWarnedMax) {
        const std::size_t line = static_cast<std::size_t>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
        document_.warnings.push_back(fmt::format("line {}: {}; kept as text", line + 1, valid.error().message()));
      }
      block.kind = BlockKind::code;
      block.text = name.empty() ? std::string(raw) : name + ": " + std::string(raw);
    }
    const std::size_t first = std::min(from, start);
    block.locator.bytes = ByteRange{decoded_.original_offset(first), decoded_.original_offset(end)};
    add(std::move(block));
  }

  void add(Block block) {
    if (block.text.empty()) return;
    if (document_.blocks.size() < kRecordsApartMax) return blocks_.add(std::move(block));
    if (shared_.text.size() + block.text.size() > kSharedBlockBytes || shared_.kind != block.kind) flush();
    if (shared_.text.empty()) {
      shared_ = std::move(block);
      return;
    }
    shared_.text.append("\n\n").append(block.text);
    shared_.locator.bytes->end = block.locator.bytes->end;
  }

  void flush() {
    if (!shared_.text.empty()) blocks_.add(std::move(shared_));
    shared_ = Block();
  }

  const std::string& text_;
  const Decoded& decoded_;
  Document& document_;
  BlockList blocks_;
  Block shared_;  // of records that do not stand apart any more
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
                       .version = 3},
                      [] { return std::make_unique<JsonParser>(); });
}

}  // namespace naru
