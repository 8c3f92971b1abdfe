// mbox: many messages in one file, each a child that is read as mail is.
//
// A message begins at a line "From sender date" behind an empty line (RFC 4155) where a header field follows. Lines
// that a writer protected (">From ") get their first character back. The file itself has no text of its own.
#include <fmt/format.h>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"

namespace naru {

namespace {

constexpr std::size_t kMessagesMax = 5'000;  // half of what a document may have as children

// "From sender Sat Jan 03 01:05:34 1996", with or without a zone: four digits in a row, and a field in the next line.
bool begins_message(std::string_view text) {
  if (!text.starts_with("From ")) return false;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  std::size_t digits = 0;
  bool year = false;
  for (const char c : text.substr(0, end)) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    year = year || digits == 4;
  }
  const std::string_view next = text.substr(end + 1, 1000);
  const std::size_t colon = next.find_first_of(": \r\n");
  return year && colon != std::string_view::npos && colon > 0 && next[colon] == ':';
}

std::string unprotected(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t end = std::min(message.find('\n', at), message.size() - 1) + 1;
    std::string_view line = message.substr(at, end - at);
    const std::size_t marks = std::min(line.find_first_not_of('>'), line.size());
    if (marks > 0 && line.substr(marks).starts_with("From ")) line.remove_prefix(1);
    out += line;
    at = end;
  }
  return out;
}

class MboxParser : public Parser {
 public:
  std::string_view format() const override { return "mbox"; }

  Confidence detect(const ParseInput& input) const override {
    return begins_message(input.bytes) ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "mbox");
    const std::string_view bytes = input.bytes;
    std::size_t number = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      if (number == kMessagesMax) {
        document.warnings.push_back(fmt::format("only the first {} messages were read", kMessagesMax));
        break;
      }
      const std::size_t line_end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
      const std::size_t next = next_message(bytes, line_end);
      add_child(document, input, fmt::format("{}.eml", ++number), unprotected(bytes.substr(line_end, next - line_end)));
      at = next;
    }
    warn_of_unread(document);
    return document;
  }

 private:
  static std::size_t next_message(std::string_view bytes, std::size_t at) {
    for (at = bytes.find("\nFrom ", at); at != std::string_view::npos; at = bytes.find("\nFrom ", at + 1)) {
      const bool behind_empty_line = at > 0 && (bytes[at - 1] == '\n' || bytes.substr(at - 1, 1) == "\r");
      if (behind_empty_line && begins_message(bytes.substr(at + 1))) return at + 1;
    }
    return bytes.size();
  }
};

}  // namespace

void register_mbox(Registry& registry) {
  registry.add_parser({.name = "mbox", .summary = "many messages in one file, each as mail"},
                      [] { return std::make_unique<MboxParser>(); });
}

}  // namespace naru
