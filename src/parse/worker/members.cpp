#include "parse/worker/members.h"

#include <fmt/format.h>

#include "parse/detect.h"

namespace naru {

namespace {

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
  return parse_with(parsers, input);
}

}  // namespace naru
