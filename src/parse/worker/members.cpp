#include "parse/worker/members.h"

#include <fmt/format.h>

#include "parse/detect.h"
#include "text/unicode.h"

namespace naru {

namespace {

void repair(std::string& text) {
  if (!is_valid_utf8(text)) text = repair_utf8(text);
}

// Names, addresses and fields come out of damaged files as they stand there. What leaves us is
// UTF-8. Children nest no deeper than members may.
void repair(Document& document) {
  repair(document.uri);
  repair(document.title);
  repair(document.language);
  for (auto& [key, value] : document.metadata) repair(key), repair(value);
  for (std::string& warning : document.warnings) repair(warning);
  for (Document::Child& child : document.children) repair(child.name), repair(child.document);
  for (Block& block : document.blocks) {
    repair(block.text);
    for (std::string& heading : block.heading_path) repair(heading);
    for (std::vector<std::string>& row : block.cells) {
      for (std::string& cell : row) repair(cell);
    }
    repair(block.locator.sheet);
    repair(block.locator.part);
  }
}

Result<Document> parse_with(std::span<const std::unique_ptr<Parser>> parsers, const ParseInput& input) {
  const Parser* const parser = choose_parser(parsers, input);
  if (parser == nullptr) return Error(Code::unsupported, unsupported_message(input));
  return parser->parse(input);
}

}  // namespace

Result<Document> Members::read(const ParseInput& member) {
  if (depth_ >= kMemberDepthMax) {
    return Error(Code::limit_exceeded, fmt::format("it lies more than {} members deep", kMemberDepthMax));
  }
  if (++count_ > kMembersMax) {
    return Error(Code::limit_exceeded, fmt::format("there are more than {} members", kMembersMax));
  }
  bytes_ += member.bytes.size();
  if (bytes_ > kMemberBytesMax) {
    return Error(Code::limit_exceeded, fmt::format("the members hold more than {} MB", kMemberBytesMax >> 20));
  }
  ParseInput input = member;
  input.members = this;
  ++depth_;
  Result<Document> document = parse_with(parsers_, input);
  --depth_;
  return document;
}

Result<Document> parse_item(std::span<const std::unique_ptr<Parser>> parsers, ParseInput input) {
  Members members(parsers);
  input.members = &members;
  Result<Document> document = parse_with(parsers, input);
  if (document) {
    repair(*document);
  } else if (!is_valid_utf8(document.error().describe())) {
    return Error(document.error().code(), repair_utf8(document.error().describe()), document.error().where());
  }
  return document;
}

}  // namespace naru
