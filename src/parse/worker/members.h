// Reads members of items with the parsers that read items, each member as if it lay alone; members of members too.
//
// Borrows the parsers. One item, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "naru/flow.h"

namespace naru {

inline constexpr int kMemberDepthMax = 6;                        // a mail in an archive in a mail, twice
inline constexpr std::size_t kMembersMax = 10'000;               // of one item, at all depths
inline constexpr std::uint64_t kMemberBytesMax = 1024ULL << 20;  // of all of them together

class Members : public MemberReader {
 public:
  explicit Members(std::span<const std::unique_ptr<Parser>> parsers) : parsers_(parsers) {}
  Result<Document> read(const ParseInput& member) override;

 private:
  std::span<const std::unique_ptr<Parser>> parsers_;
  int depth_ = 0;
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

// An item by the surest parser, with its members. unsupported: nobody reads it.
Result<Document> parse_item(std::span<const std::unique_ptr<Parser>> parsers, ParseInput input);

}  // namespace naru
